# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One guest of the lab for the modules' tests, and the collection's modules run on it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from tests.integration.modules.namespaces import lan, wait_until
from tests.integration.one_module import run_module

ROOT = Path(__file__).resolve().parents[3]
TOPOLOGY = Path(__file__).with_name("kdev.yml")
PACKAGE = ROOT / "plugins" / "module_utils" / "_lvs"
IDENTITY = {
    "address": None,
    "port": None,
    "protocol": "tcp",
    "fwmark": None,
    "family": None,
    "state": "present",
    "force": False,
}
SERVICE = {
    **IDENTITY,
    "scheduler": None,
    "scheduler_flags": None,
    "persistence_timeout": None,
    "persistence_netmask": None,
    "persistence_engine": None,
    "one_packet": None,
}
DEST = {
    **IDENTITY,
    "destination": None,
    "destination_port": None,
    "forward": None,
    "weight": None,
    "upper_threshold": None,
    "lower_threshold": None,
    "tunnel_type": None,
    "tunnel_port": None,
    "tunnel_flags": None,
}
TABLE = {"services": [], "purge": "none", "force": False}
SYNC = {
    "role": "master",
    "interface": None,
    "sync_id": None,
    "sync_maxlen": None,
    "mcast_group": None,
    "mcast_port": None,
    "mcast_ttl": None,
    "state": "present",
    "force": False,
}
TIMEOUTS = {"tcp": None, "tcp_fin": None, "udp": None}
DEFAULTS: dict[str, dict[str, Any]] = {
    "service": SERVICE,
    "dest": DEST,
    "table": TABLE,
    "sync": SYNC,
    "timeouts": TIMEOUTS,
}


class Guest:
    """A lab of one director without any role; its files are under ``folder``."""

    name = "kdir"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "LAB_DIR": str(folder), "LAB_PYTHON": sys.executable}

    def lab(self, *words: str, stdin: bytes = b"", timeout_s: float = 240) -> str:
        done = subprocess.run(
            [str(ROOT / "lab" / "lab"), "--name", "kdev", *words],
            env=self.environment,
            input=stdin,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        output = done.stdout.decode()
        assert done.returncode == 0, f"lab {' '.join(words)}: {output}{done.stderr.decode()}"
        return output

    def run(self, script: str, stdin: bytes = b"") -> str:
        return self.lab("exec", self.name, "--", script, stdin=stdin)

    def copy_package(self) -> None:
        """The on-host package and the runner of the steps, in /root/t."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(PACKAGE, "laico_lvs", filter=_without_caches)
            tar.add(Path(__file__).with_name("in_guest.py"), "in_guest.py")
        self.run("mkdir -p /root/t && tar -C /root/t -xf -", archive.getvalue())

    def steps(self, *steps: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """What each step predicted and did: see in_guest.py."""
        asked = [{"task": task, "params": {**DEFAULTS[task], **given}} for task, given in steps]
        output = self.run("cd /root/t && python3 in_guest.py", json.dumps(asked).encode())
        results = [json.loads(line) for line in output.splitlines()]
        assert all(result.pop("imported") == [] for result in results), "no IPVS task needs them"
        return results

    def module(self, name: str, /, *flags: str, **options: Any) -> dict[str, Any]:
        """Run one module by ansible, as an operator would; gives its result, and what ansible
        printed (the diff is only there) as "printed"."""
        return run_module(self.inventory, self.name, name, flags, options)

    @property
    def inventory(self) -> str:
        return str(self.folder / "kdev" / "inventory.yml")


def _without_caches(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else member


@contextmanager
def one_guest(folder: Path) -> Iterator[Guest]:
    """The guest, up, with the package on it; down at the end whatever happened."""
    guest = Guest(folder)
    try:
        guest.lab("up", str(TOPOLOGY))
        guest.copy_package()
        yield guest
    finally:
        guest.lab("down")


@pytest.fixture(scope="session")
def started_guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    with one_guest(tmp_path_factory.mktemp("labs")) as guest:
        yield guest


@pytest.fixture
def guest(started_guest: Guest) -> Guest:
    """The guest with an empty table."""
    started_guest.run("modprobe ip_vs; ipvsadm -C")
    return started_guest


@pytest.fixture
def other() -> Iterator[int]:
    """The process id of another host on eth0's LAN."""
    with lan() as pid, Addresses() as kernel:
        wait_until(lambda: kernel.links()["eth0"].is_up, "eth0's carrier")
        yield pid


@pytest.fixture
def kernel(other: int) -> Iterator[Addresses]:
    with Addresses() as addresses:
        yield addresses
