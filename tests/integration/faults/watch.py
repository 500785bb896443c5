# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The observer and the client beside a story, and what they saw as figures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.holders import (
    find_gaps,
    find_overlaps,
    first_and_last,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.requests import (
    count_lost,
    longest_gap_s,
    max_late_ms,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.session import read_lines
from tests.integration.faults.pair import DIRECTORS, Pair, package_folder
from tests.integration.story.cluster import VIP

PERIOD_MS = 10
RATE = 100
Lines = list[dict[str, Any]]


@dataclass
class Seen:
    """What the wire and the client had of a story. All figures are there when it is over."""

    two_ms: float = 0.0
    """For how long, all in all, two hosts answered for the address."""
    nobody_ms: float = 0.0
    """The longest time in which nobody did (gaps below 60 ms are not seen)."""
    outage_ms: float = 0.0
    """The longest time without a whole answer to the client (10 ms of it are its own pace)."""
    requests: int = 0
    lost: int = 0
    holders: list[str] = field(default_factory=list)
    """Who answered for the address, in the order of their first answers, without repetition."""
    last: str = ""
    """Who answered last."""
    late_ms: float = 0.0
    """How late the instruments themselves were."""
    runs: Lines = field(default_factory=list)

    def answered(self, mac: str) -> list[tuple[float, float]]:
        """The times in which this MAC answered."""
        return [(run["first"], run["last"]) for run in self.runs if run["mac"] == mac]

    def figures(self) -> dict[str, Any]:
        return {
            "two_holders_ms": round(self.two_ms, 1),
            "nobody_ms": round(self.nobody_ms),
            "outage_ms": round(self.outage_ms),
            "requests": self.requests,
            "lost": self.lost,
            "holders": self.holders,
            "last": self.last,
            "instruments_late_ms": round(self.late_ms, 1),
        }


@contextmanager
def watching(pair: Pair, folder: Path) -> Iterator[Seen]:
    """Observe and ask as long as this lasts; the figures are in what it gave, afterwards."""
    seen = Seen()
    packages = package_folder(folder / "packages")
    observed, asked = folder / "observer.jsonl", folder / "client.jsonl"
    probes = ("--interface", "lan", "--address", VIP, "--period-ms", str(PERIOD_MS))
    requests = ("--target", f"http://{VIP}/", "--rate", str(RATE))
    with ExitStack() as stack:
        for name, options, output in (
            ("observer", probes, observed),
            ("client", requests, asked),
        ):
            output.unlink(missing_ok=True)
            argv = [sys.executable, "-m", f"laico_lvs.witness.{name}", *options]
            argv += ["--output", str(output)]
            stack.enter_context(_running(pair.enter(*argv), packages))
        _wait_for_lines(observed, asked)
        time.sleep(0.3)
        yield seen
        time.sleep(0.5)
    _read(seen, read_lines(observed), read_lines(asked), _names(pair))


@contextmanager
def _running(argv: Sequence[str], packages: Path) -> Iterator[None]:
    with subprocess.Popen(
        argv, env={**os.environ, "PYTHONPATH": str(packages)}, stdin=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0, f"{argv}: status {process.returncode}"


def _wait_for_lines(*paths: Path) -> None:
    for dummy in range(100):
        if all(path.exists() and path.stat().st_size for path in paths):
            return
        time.sleep(0.1)
    raise AssertionError("the instruments did not start within 10 s")


def _names(pair: Pair) -> dict[str, str]:
    return {pair.mac(host): host for host in DIRECTORS}


def _read(seen: Seen, observed: Lines, asked: Lines, names: Mapping[str, str]) -> None:
    runs = [line for line in observed if "first" in line]
    seen.runs = sorted(runs, key=lambda run: float(run["first"]))
    overlaps = [overlap.length_s for overlap in find_overlaps(runs, longer_than_s=0.0)]
    seen.two_ms = 1000 * sum(overlaps)
    gaps = [after - before for before, after in find_gaps(runs, VIP)]
    seen.nobody_ms = 1000 * max(gaps, default=0.0)
    asked.sort(key=lambda line: float(line["t"]))
    seen.outage_ms = 1000 * longest_gap_s(asked)
    seen.requests, seen.lost = len(asked), count_lost(asked)
    macs = [names.get(run["mac"], run["mac"]) for run in seen.runs]
    last_mac = first_and_last(runs, VIP)[1]
    seen.last = names.get(last_mac, last_mac)
    seen.holders = [mac for i, mac in enumerate(macs) if i == 0 or macs[i - 1] != mac]
    seen.late_ms = max(max_late_ms(asked), *(line.get("max_late_ms", 0.0) for line in observed))
