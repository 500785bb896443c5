# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small lab of real guests for the tests of the lab itself, apart from any other lab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
TOPOLOGY = """
    name: labtest
    networks:
      lan: {subnet: 192.0.2.0/24}
      beat: {subnet: 198.51.100.0/24}
    hosts:
      one:
        group: director
        interfaces:
          - {network: lan, address: 192.0.2.11}
          - {network: beat, address: 198.51.100.11}
      two:
        group: realserver
        interfaces:
          - {network: lan, address: 192.0.2.2}
          - {network: beat, address: 198.51.100.2}
    client: {interfaces: [{network: lan, address: 192.0.2.1}]}
    vars: {lvs_cluster_name: labtest}
"""


class LabUnderTest:
    """The lab's command line, about a lab of the name that only these tests use.

    Its files are where every lab's are, so that what a killed run leaves is found and ended.
    """

    def __init__(self, folder: Path, name: str = "labtest", topology: str = TOPOLOGY) -> None:
        self.name = name
        self.folder = folder
        self.topology = folder / "topology.yml"
        self.topology.write_text(textwrap.dedent(topology), encoding="utf-8")
        self.directory = ROOT / ".lab" / name
        self.environment = {**os.environ, "LAB_PYTHON": sys.executable}

    def argv(self, *words: str) -> list[str]:
        return [str(ROOT / "lab" / "lab"), "--name", self.name, *words]

    def try_run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*words),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def run(self, *words: str) -> str:
        done = self.try_run(*words)
        assert done.returncode == 0, f"lab {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def up(self, *options: str) -> None:
        self.run("up", str(self.topology), *options)

    def on(self, host: str, script: str) -> str:
        return self.run("exec", host, "--", script)

    def state(self) -> dict[str, Any]:
        text = (self.directory / "state.json").read_text(encoding="utf-8")
        data: dict[str, Any] = json.loads(text)
        return data

    def answers(self, asker: str, address: str, interface: str, probes: int = 2) -> int:
        """How many of the ARP probes that a host sends within two seconds are answered."""
        script = f"arping -c {probes} -w 2 -I {interface} {address} | tail -n 1"
        return int(self.on(asker, script).split()[1])


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labs")


@pytest.fixture
def lab(lab_folder: Path) -> LabUnderTest:
    """Whatever the last test left of it is brought up again; see :func:`end_of_lab`."""
    lab = LabUnderTest(lab_folder)
    lab.up()
    return lab


@pytest.fixture
def no_lab(lab_folder: Path) -> Iterator[LabUnderTest]:
    """The same lab, not up."""
    lab = LabUnderTest(lab_folder)
    lab.run("down")
    yield lab
    lab.run("down")


@pytest.fixture(scope="session", autouse=True)
def end_of_lab(lab_folder: Path) -> Iterator[None]:
    yield
    LabUnderTest(lab_folder).run("down")
