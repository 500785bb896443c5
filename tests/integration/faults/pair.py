# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two directors on real kernels, what can be done to them, and how all is made well again."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import operations, ssh, wire
from lab.guest import is_running
from lab.running import Lab
from lab.state import Faults, Store
from tests.integration.story.cluster import ROOT, VIP

DIRECTORS = ("laicoz", "laicoy")
SERVERS = ("laico2", "laico3")
BEATS = ("eth1", "eth2")
UNIT = "lvs-heartbeat.service"
# The role's defaults, which these stories are about.
KEEPALIVE_S, DEADTIME_S, LEASE_S = 0.2, 1.0, 2.0
# The agent runs and is linked, nothing is under way, and both real servers are in the table.
SETTLE = f"""
systemctl start {UNIT} && systemctl kill --signal=CONT {UNIT}
lvsctl wait linked --timeout 30 && lvsctl wait stable --timeout 30 || exit
for i in $(seq 100); do [ "$(ipvsadm -Sn | wc -l)" = {1 + len(SERVERS)} ] && exit; sleep 0.2; done
echo "not both real servers are in the table:"; ipvsadm -Ln; exit 1
"""
_PACKAGE = "/usr/local/lib/laico_lvs"
_SOURCE = ROOT / "plugins" / "module_utils" / "_lvs"


def other(name: str) -> str:
    """The other director."""
    return DIRECTORS[1 - DIRECTORS.index(name)]


def wait_until(what: str, is_true: Callable[[], object], within_s: float) -> float:
    """Seconds until it is true; the test fails with ``what`` when it never is."""
    began = time.monotonic()
    while not is_true():
        if time.monotonic() - began > within_s:
            raise AssertionError(f"{what}: not within {within_s:g} s")
        time.sleep(0.1)
    return time.monotonic() - began


class Pair:
    """The lab of lab/topologies/pair.yml. Faults are set without a process of their own, so that
    they come at the moment they are asked for."""

    def __init__(self, name: str) -> None:
        self.store = Store(name)

    @property
    def lab(self) -> Lab:
        return Lab.load(self.store)

    def mac(self, host: str) -> str:
        return self.lab.topology.host(host).nics[0].mac

    def enter(self, *words: str) -> list[str]:
        """The command that runs ``words`` as the client of the lab."""
        return [str(self.store.directory / "enter"), *words]

    def try_run(
        self, host: str, script: str, sent: str = "", timeout_s: float = 60
    ) -> tuple[int, str]:
        """Status and output (errors too) of a shell script on a host."""
        lab = self.lab
        done = subprocess.run(
            ssh.ssh_argv(lab.topology.host(host), lab.ssh_options, [script]),
            input=sent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        return done.returncode, done.stdout

    def run(self, host: str, script: str, sent: str = "", timeout_s: float = 60) -> str:
        status, output = self.try_run(host, script, sent, timeout_s)
        assert status == 0, f"{host}: {script}: status {status}: {output}"
        return output

    def status(self, host: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(host, "lvsctl status --json"))
        return found

    def group(self, host: str) -> dict[str, Any]:
        """What the host's agent says of the group."""
        found: dict[str, Any] = self.status(host)["groups"][VIP]
        return found

    def links(self, host: str) -> dict[str, bool]:
        """Which links of the host's agent hear the other one."""
        links = self.status(host)["nodes"][other(host)]["links"]
        return {name: link["is_up"] for name, link in links.items()}

    def log(self, host: str, since: str) -> str:
        """What the agent logged since (as the guest's clock has it; see ``now``)."""
        return self.run(host, f"journalctl -u {UNIT} --no-pager --since '{since}'")

    def now(self, host: str) -> str:
        return self.run(host, "date '+%F %T'").strip()

    def table(self, host: str) -> list[str]:
        return sorted(self.run(host, "ipvsadm -Sn").splitlines())

    # What can go wrong.

    def signal(self, host: str, name: str) -> None:
        """Send the agent a signal."""
        self.run(host, f"systemctl kill --signal={name} --kill-who=main {UNIT}")

    def cut_power(self, host: str) -> None:
        operations.cut_power(self.store, host)

    def give_power(self, host: str, *, is_waiting: bool = True) -> None:
        operations.give_power(self.store, host, _say_nothing, is_waiting=is_waiting)

    def freeze(self, host: str, seconds: float) -> None:
        """Stop the host's time for so long."""
        operations.freeze(self.store, host, is_frozen=True)
        time.sleep(seconds)
        operations.freeze(self.store, host, is_frozen=False)

    def fault(
        self,
        host: str,
        *others: str,
        interfaces: tuple[str, ...] = (),
        loss_percent: float = 0.0,
        is_one_way: bool = False,
    ) -> None:
        """All that is wrong with a host's wire: whom it does not hear, and where; none: nothing."""
        wanted = Faults(loss_percent, 0.0, list(others), is_one_way, list(interfaces))
        wire.set_faults(self.store, host, wanted)

    def cut_links(self, host: str, *interfaces: str) -> None:
        """Cut the heartbeat links (all, or these); the clients' LAN stays whole."""
        self.fault(host, other(host), interfaces=interfaces or BEATS)

    def isolate(self, host: str) -> None:
        """Cut every cable of the host."""
        self.fault(host, other(host), "client", *SERVERS)

    def heal(self, host: str) -> None:
        self.fault(host)

    @contextmanager
    def broken_agent(self, host: str, module: str, line: str, wrong: str) -> Iterator[None]:
        """The host's agent with one line of its package changed, as long as this lasts."""
        text = (_SOURCE / module).read_text(encoding="utf-8")
        assert text.count(line) == 1, f"{module} has {line!r} not once: adapt this test"
        copy = f"{_PACKAGE}/broken"
        whole = self.run(host, f"readlink {_PACKAGE}/current").strip()
        self.run(host, f"rm -rf {copy}; cp -a {_PACKAGE}/{whole} {copy}")
        self.run(host, f"cat > {copy}/laico_lvs/{module}", sent=text.replace(line, wrong))
        try:
            self._use(host, "broken")
            yield
        finally:
            self.run(host, f"rm -rf {copy}; ln -sfn {whole} {_PACKAGE}/current")
            self.run(host, f"systemctl restart {UNIT}")

    def _use(self, host: str, package: str) -> None:
        self.run(host, f"ln -sfn {package} {_PACKAGE}/current; systemctl restart {UNIT}")
        self.run(host, "lvsctl wait linked --timeout 10; lvsctl wait stable --timeout 15")

    # How all is made well again.

    def calm(self, holder: str) -> None:
        """Nothing is wrong any more, both agents are linked and ``holder`` holds the group."""
        for host in DIRECTORS:
            self.heal(host)
            guest = self.lab.guest(host)
            if guest.is_frozen:
                operations.freeze(self.store, host, is_frozen=False)
            if not is_running(guest):
                self.give_power(host, is_waiting=False)
        for host in DIRECTORS:
            self.give_power(host)
        self._settle()
        shown = self.run(holder, f"ip -o address show dev eth0 to {VIP}/32; true")
        if not shown:
            self.run(holder, "lvsctl takeover --timeout 20")
            self._settle()

    def _settle(self) -> None:
        """Both at once, each on its own processor."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda host: self.run(host, SETTLE), DIRECTORS))


def contested(pair: Pair) -> None:
    """Both links are cut for long enough that everybody has noticed; the clients' LAN is whole."""
    pair.cut_links("laicoz")
    time.sleep(4 * DEADTIME_S)


def see_contested(pair: Pair, since: str) -> None:
    """laicoz holds, laicoy says in its status and its log that it does not take, and why."""
    assert pair.group("laicoz")["state"] == "holding"
    assert pair.group("laicoy")["state"] == "contested"
    told = pair.run("laicoy", "lvsctl status"), pair.log("laicoy", since)
    for text in told:
        assert "its address answers on the wire" in text


def _say_nothing(text: str) -> None:
    del text


def package_folder(folder: Path) -> Path:
    """A folder from which ``laico_lvs`` can be imported as on a host."""
    folder.mkdir(exist_ok=True)
    link = folder / "laico_lvs"
    if not link.exists():
        link.symlink_to(_SOURCE)
    return folder
