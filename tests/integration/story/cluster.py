# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab and the playbooks run on it, as an operator would from the checkout."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / "lab" / "lab"
ANSIBLE = ROOT / ".venv" / "bin" / "ansible"
PLAYBOOK = ANSIBLE.with_name("ansible-playbook")
VIP = "192.0.2.146"
# All that a play may change on a host, as text that can be compared.
SNAPSHOT = r"""
for f in /etc/ha.d /etc/modules-load.d /etc/sysctl.d /etc/systemd/system /usr/local; do
  find $f -type f -exec sha256sum {} + 2>/dev/null; find $f -printf '%p %m %u %l\n' 2>/dev/null
done | sort
systemctl list-units --type=service --state=active --no-legend --plain 'lvs-*' | cut -d' ' -f1
ip -o -4 addr show | sed -e 's/valid_lft.*//' | sort
[ ! -e /proc/net/ip_vs ] || ipvsadm -Sn
"""


@dataclass(frozen=True)
class Play:
    """One run of a playbook: its exit code, what it printed, and the recap's counts per host.

    ``seconds`` on the clock, and ``cpu_s`` of the control node's processors.
    """

    code: int
    output: str
    seconds: float
    cpu_s: float

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        rows = re.findall(r"^(\S+)\s+: (ok=.*)$", self.output, re.MULTILINE)
        return {host: {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", row)} for host, row in rows}

    @property
    def changed(self) -> dict[str, int]:
        return {host: counts["changed"] for host, counts in self.recap.items()}

    @property
    def words(self) -> str:
        """The output with line breaks and blanks squeezed, to look for sentences in."""
        return re.sub(r"\s+", " ", self.output.replace("\\n", " "))


class Cluster:
    """A lab by name; its playbooks run from the ordinary shell, outside the namespace."""

    def __init__(self, name: str, logs: Path) -> None:
        self.name = name
        self.logs = logs
        self.inventory = ROOT / ".lab" / name / "inventory.yml"
        self._count = 0

    def lab(self, *words: str, timeout_s: float = 120) -> str:
        done = subprocess.run(
            [LAB, "--name", self.name, *words],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise AssertionError(
                f"lab {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def run(self, host: str, script: str, timeout_s: float = 60) -> str:
        """What a shell script prints on the host; its failure is the test's."""
        return self.lab("exec", host, "--", script, timeout_s=timeout_s)

    def play(
        self,
        playbook: str,
        *arguments: str,
        variables: dict[str, Any] | None = None,
        inventory: Path | None = None,
        collections: Path | None = None,
        further: Mapping[str, str] | None = None,
        timeout_s: float = 600,
    ) -> Play:
        """Run a playbook of this checkout, or by its whole name one of other ``collections``.

        ``further`` variables go into ansible's environment.
        """
        words = [str(PLAYBOOK), "-i", str(inventory or self.inventory), playbook, *arguments]
        if variables:
            words += ["-e", json.dumps(variables)]
        environment = {**self.environment(collections), **(further or {})}
        play = run_timed(words, environment, timeout_s)
        self._count += 1
        log = self.logs / f"{self._count:02d}_{Path(playbook).stem}.log"
        log.write_text(f"{' '.join(words)}\n{play.output}", encoding="utf-8")
        return play

    def ping(self) -> float:
        """How many seconds one `ansible -m ping` takes over directors and real servers."""
        hosts = "lvs_directors:lvs_realservers"
        words = [str(ANSIBLE), "-i", str(self.inventory), hosts, "-m", "ansible.builtin.ping"]
        play = run_timed(words, self.environment(), 120)
        assert play.code == 0, play.output
        assert play.output.count("pong") == len(self.hosts), play.output
        return play.seconds

    @staticmethod
    def environment(collections: Path | None = None) -> dict[str, str]:
        plain = {"ANSIBLE_FORCE_COLOR": "false"}
        return {**plain, "ANSIBLE_COLLECTIONS_PATH": str(collections)} if collections else plain

    def site(self, *arguments: str, **options: Any) -> Play:
        return self.play("site.yml", *arguments, **options)

    def failure_test(self, report: Path, **variables: Any) -> tuple[Play, dict[str, Any]]:
        """The three stages; the play and the report that it wrote."""
        play = self.play(
            "playbooks/failure_test.yml",
            variables={"failure_test_report_dir": str(report), **variables},
        )
        path = report / "failure_test.json"
        if not path.exists():
            raise AssertionError(f"the failure test wrote no report:\n{play.output[-4000:]}")
        return play, json.loads(path.read_text(encoding="utf-8"))

    @property
    def hosts(self) -> list[str]:
        groups = yaml.safe_load(self.inventory.read_text(encoding="utf-8"))["all"]["children"]
        return [*groups["lvs_directors"]["hosts"], *groups["lvs_realservers"]["hosts"]]

    @property
    def directors(self) -> list[str]:
        groups = yaml.safe_load(self.inventory.read_text(encoding="utf-8"))["all"]["children"]
        return list(groups["lvs_directors"]["hosts"])

    def snapshot(self) -> dict[str, str]:
        return {host: self.run(host, SNAPSHOT) for host in self.hosts}

    def table(self, host: str) -> list[str]:
        return self.run(host, "ipvsadm -Sn").splitlines()

    def holds(self, host: str, address: str = VIP) -> bool:
        """Whether the address is on a network interface of the host (lo does not count)."""
        shown = self.run(host, f"ip -o -4 addr show to {address}/32 scope global; true")
        return any(" lo " not in line for line in shown.splitlines())

    def wait(self, what: str, is_true: Any, within_s: float) -> float:
        """Seconds until ``is_true()``; the test fails with ``what`` when it never is."""
        started = time.monotonic()
        while not is_true():
            if time.monotonic() - started > within_s:
                raise AssertionError(f"{what}: not within {within_s} s")
            time.sleep(0.2)
        return time.monotonic() - started

    def settle(self, holder: str = "laicoz") -> None:
        """Wait until the usual holder has the VIP and all three real servers are in its table."""
        self.wait(f"{holder} holds the VIP", lambda: self.holds(holder), 40)
        self.wait("all real servers in the table", lambda: len(self.table(holder)) == 4, 40)

    @contextmanager
    def broken(self, host: str, breaking: str, mending: str) -> Iterator[None]:
        """Something is wrong on a host, for as long as this lasts."""
        self.run(host, breaking)
        try:
            yield
        finally:
            self.run(host, mending)


def run_timed(words: list[str], further: Mapping[str, str], timeout_s: float) -> Play:
    """One command of ansible's, by itself."""
    cpu_s, began = _children_cpu_s(), time.monotonic()
    done = subprocess.run(
        words,
        cwd=ROOT,
        text=True,
        timeout=timeout_s,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **further},
        stdin=subprocess.DEVNULL,
    )
    took = time.monotonic() - began
    return Play(done.returncode, done.stdout, took, _children_cpu_s() - cpu_s)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def started(name: str, topology: str, logs: Path, *, is_kept: bool = False) -> Iterator[Cluster]:
    """The lab, up; down at the end whatever happened, unless it is kept for the next run."""
    cluster = Cluster(name, logs)
    try:
        cluster.lab("up", str(ROOT / "lab" / "topologies" / topology), timeout_s=420)
        yield cluster
    finally:
        if not is_kept:
            cluster.lab("down")
