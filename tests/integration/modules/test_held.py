# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection held open through a service survives whatever the kernel changes in place.

Data goes to and fro before, between and after the writes, the kernel's entry stays the same one,
and no connection is ever scheduled anew. That the proof can fail: with a deletion and an addition
instead, the connection breaks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules.conftest import DEST, SERVICE, TABLE, Guest

pytestmark = pytest.mark.lab

RUNNERS = [Path(__file__).with_name(f"in_guest_{name}.py") for name in ("pairs", "held")]
VIPS = {4: "192.0.2.146", 6: "2001:db8::146"}
REALS = {4: "198.51.100.2", 6: "2001:db8:1::2"}
OTHERS = {4: "198.51.100.3", 6: "2001:db8:1::3"}
FORWARD = {"forward": "masquerade", "destination_port": "8080"}

Step = dict[str, Any]


class Changes:
    """Steps on the one service of a family."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.key = {"address": VIPS[version], "port": "80"}

    def service(self, **options: Any) -> Step:
        return {"task": "service", "params": {**SERVICE, **self.key, **options}}

    def dest(self, address: str = "", **options: Any) -> Step:
        where = {**FORWARD, "destination": address or REALS[self.version]}
        return {"task": "dest", "params": {**DEST, **self.key, **where, **options}}

    def table(self, weight: int, **options: Any) -> Step:
        one = {**FORWARD, "destination": REALS[self.version], "weight": weight}
        services = [{**self.key, **options, "destinations": [one]}]
        return {"task": "table", "params": {**TABLE, "services": services, "purge": "all"}}

    def in_place(self) -> list[Step]:
        """Each is one write, that sets what is there."""
        service, dest = self.service, self.dest
        netmask = "255.255.255.0" if self.version == 4 else "64"
        schedulers = ["rr", "wrr", "lc", "lblc", "lblcr", "sh", "dh", "sed", "nq", "fo", "ovf"]
        return [
            *(dest(weight=weight) for weight in (5, 65535, 0, 1)),
            dest(upper_threshold=10),
            dest(upper_threshold=1, lower_threshold=1),
            dest(upper_threshold=0, lower_threshold=0),
            *(service(scheduler=name) for name in (*schedulers, "mh")),
            service(scheduler_flags=["mh-port"]),
            service(scheduler_flags=["mh-fallback", "mh-port", "flag-3"]),
            service(scheduler_flags=[]),
            service(persistence_timeout=60),
            service(persistence_timeout=120),
            service(persistence_netmask=netmask),
            service(persistence_engine="sip"),
            service(persistence_engine=""),
            service(persistence_timeout=0),
            service(scheduler="sh", scheduler_flags=["sh-port"], persistence_timeout=30),
        ]

    def beside_it(self) -> list[Step]:
        """Other servers come and go, and a whole table is brought to what it was."""
        other = OTHERS[self.version]
        return [
            self.dest(other),
            self.dest(other, state="absent"),
            self.dest(other, weight=0),
            self.table(7, scheduler="wlc", persistence_timeout=300),
            self.table(1),
        ]


def hold(guest: Guest, version: int, steps: list[Step], replaces: bool) -> list[dict[str, Any]]:
    for runner in RUNNERS:
        guest.run(f"cat > /root/t/{runner.name}", runner.read_bytes())
    host = [f"[{each[version]}]" if version == 6 else each[version] for each in (VIPS, REALS)]
    rules = [f"-A -t {host[0]}:80 -s wlc", f"-a -t {host[0]}:80 -r {host[1]}:8080 -m -w 1"]
    job = {"version": version, "rules": rules, "steps": steps, "replaces": replaces}
    output = guest.run("cd /root/t && python3 in_guest_held.py", json.dumps(job).encode())
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("version", [4, 6])
def test_a_connection_survives_every_change_in_place(guest: Guest, version: int) -> None:
    changes = Changes(version)
    in_place, beside = changes.in_place(), changes.beside_it()
    first, *results, last = hold(guest, version, [*in_place, *beside], replaces=False)
    (entry,) = first["entries"]
    assert entry.split()[1] == "ESTABLISHED"
    for step, result in zip([*in_place, *beside], results, strict=True):
        assert all(result["alive"]), (step, result)
        assert result["entries"] == [entry], step
    for step, result in zip(in_place, results, strict=False):
        (operation,) = result["operations"]
        assert operation.startswith(("-E ", "-e ")), step
    (counted,) = last["counted"]
    assert counted.split()[1] == "1", "a connection was scheduled anew"


@pytest.mark.parametrize(
    "step", [Changes(4).dest(weight=5), Changes(4).service(scheduler="rr")], ids=["dest", "service"]
)
def test_a_deletion_and_an_addition_break_it(guest: Guest, step: Step) -> None:
    first, result, _last = hold(guest, 4, [step], replaces=True)
    assert all(first["alive"])
    assert result["alive"][0]
    assert not result["alive"][-1]
