# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client beside a play, and which server is chosen for which of a client's ports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness import requests
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.session import read_lines
from tests.integration.story.cluster import LAB, ROOT, VIP, Cluster

# A lost SYN is asked for again after a second, a lost answer after a quarter: what is later than
# this was dropped on the way or refused, not only late.
TIMEOUT_MS = 900
CLIENT = "ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.client"
# Each port of the client in turn: {port: body}. Reset at the end, so that the port is free again.
PORTS = f"""
import json, socket, struct, sys
found = {{}}
for port in range(int(sys.argv[1]), int(sys.argv[2])):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.settimeout(3)
        one.bind(("192.0.2.1", port))
        one.connect(("{VIP}", 80))
        one.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        answer = b"".join(iter(lambda: one.recv(4096), b""))
    found[port] = answer.rsplit(b"\\n\\r\\n", 1)[-1].decode().strip()
sys.stdout.write(json.dumps(found))
"""


@dataclass
class Asked:
    """What the client had, once it is over. All durations are milliseconds."""

    count: int = 0
    lost: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    gap_ms: float = 0.0
    late_ms: float = 0.0


@contextmanager
def asking(cluster: Cluster, folder: Path, rate: int) -> Iterator[Asked]:
    """Ask at the VIP, ``rate`` times a second, for as long as this lasts."""
    asked, output = Asked(), folder / f"client-{time.monotonic_ns()}.jsonl"
    words = [str(LAB), "--name", cluster.name, "enter", "--", sys.executable, "-m", CLIENT]
    words += ["--target", f"http://{VIP}/", "--rate", str(rate), "--output", str(output)]
    words += ["--timeout-ms", str(TIMEOUT_MS), "--reset-close"]
    path = {"PYTHONPATH": str(ROOT / ".ansible" / "collections")}
    with subprocess.Popen(words, env={**os.environ, **path}, stdin=subprocess.DEVNULL) as client:
        try:
            time.sleep(2)
            yield asked
            time.sleep(2)
        finally:
            client.send_signal(signal.SIGTERM)
            status = client.wait(20)
    assert status == 0, f"the client ended with {status}"
    lines = sorted(read_lines(output), key=lambda line: float(line["t"]))
    asked.count, asked.lost = len(lines), requests.count_lost(lines)
    asked.errors = requests.count_errors(lines)
    asked.gap_ms = round(requests.longest_gap_s(lines) * 1000, 1)
    asked.late_ms = requests.max_late_ms(lines)


def choices(cluster: Cluster, ports: range) -> dict[str, str]:
    """Which server answers each of the client's ports."""
    words = ["enter", "--", sys.executable, "-c", PORTS, str(ports.start), str(ports.stop)]
    found: dict[str, str] = json.loads(cluster.lab(*words))
    return found
