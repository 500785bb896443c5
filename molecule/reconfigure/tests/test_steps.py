# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster after each step of an operator, and the connection that was held through all."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from cluster import (
    DIRECTORS,
    VIP,
    addresses,
    answers,
    container,
    eventually,
    holders,
    shell,
    status,
    sysctl,
    table,
)

SECOND = "192.0.2.147"
UNITS = ("lvs-heartbeat", "lvs-ldirectord")
QUIET = ("net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce")


def rows(address: str, scheduler: str, **weights: int) -> list[str]:
    """A service as `ipvsadm -Sn` prints it, and its real servers laico<n> with their weights."""
    service = f"{address}:80"
    servers = [
        f"-a -t {service} -r 192.0.2.{name[-1]}:80 -g -w {weight}"
        for name, weight in weights.items()
    ]
    return [f"-A -t {service} -s {scheduler}", *servers]


@dataclass(frozen=True)
class Step:
    """What must hold after a step; ``answers`` are those to eight requests to each address."""

    table: list[str]
    answers: dict[str, dict[str, int]]
    homes: dict[str, str] = field(default_factory=lambda: {VIP: "laicoz"})
    servers: tuple[str, ...] = ("laico2", "laico3")
    key: str = "1"


HALF = {"LAICO2": 4, "LAICO3": 4}
QUARTER = {"LAICO2": 2, "LAICO3": 6}
BOTH = {VIP: "laicoz", SECOND: "laicoy"}
WEIGHTED = rows(VIP, "wrr", laico2=1, laico3=3)
TWO_VIPS = [*WEIGHTED, *rows(SECOND, "rr", laico2=1, laico3=3)]

STEPS = {
    "first": Step(rows(VIP, "rr", laico2=1), {VIP: {"LAICO2": 8}}, servers=("laico2",)),
    "add_server": Step(rows(VIP, "rr", laico2=1, laico3=1), {VIP: HALF}),
    "weights": Step(rows(VIP, "rr", laico2=1, laico3=3), {VIP: HALF}),
    "scheduler": Step(WEIGHTED, {VIP: QUARTER}),
    "add_vip": Step(TWO_VIPS, {VIP: QUARTER, SECOND: HALF}, homes=BOTH),
    "rotate_key": Step(TWO_VIPS, {VIP: QUARTER, SECOND: HALF}, homes=BOTH, key="2"),
    "remove_server": Step(
        [*rows(VIP, "wrr", laico2=1), *rows(SECOND, "rr", laico2=1)],
        {VIP: {"LAICO2": 8}, SECOND: {"LAICO2": 8}},
        homes=BOTH,
        servers=("laico2",),
        key="2",
    ),
}


@pytest.fixture(scope="module")
def step() -> Step:
    """The step whose inventory was applied last."""
    path = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory" / "step.yml"
    if not path.exists():
        return STEPS["first"]
    return STEPS[yaml.safe_load(path.read_text(encoding="utf-8"))["all"]["vars"]["step_name"]]


@pytest.mark.parametrize("name", DIRECTORS)
def test_a_directors_table_is_the_inventorys(name: str, step: Step) -> None:
    wanted = sorted(step.table)
    assert eventually(lambda: table(container(name)), lambda found: found == wanted) == wanted


def test_each_address_is_at_home_and_nowhere_else(step: Step) -> None:
    for address, home in step.homes.items():
        assert holders(f"{address}/24") == [home]


@pytest.mark.parametrize("name", ["laico2", "laico3"])
def test_a_real_server_has_every_address_silently_and_another_host_none(
    name: str, step: Step
) -> None:
    host = container(name)
    is_server = name in step.servers
    there = [each for each in addresses(host, "lo") if each.startswith("192.0.2.")]
    assert there == ([f"{address}/32" for address in step.homes] if is_server else [])
    assert sysctl(host, *QUIET) == (["1", "2"] if is_server else ["0", "0"])


def test_a_client_is_answered_by_the_weights(step: Step) -> None:
    for address, wanted in step.answers.items():
        assert answers(container("client"), f"http://{address}/", 8) == Counter(wanted)


@pytest.mark.parametrize("name", DIRECTORS)
def test_a_director_signs_with_the_inventorys_key_and_hears_the_other(
    name: str, step: Step
) -> None:
    host = container(name)
    said = shell(host, "sed -e '/^#/d' -e 's/ hmac.*//' /etc/ha.d/authkeys").split()
    assert said == ["auth", step.key, step.key]
    links = [
        link["is_up"]
        for other, node in status(host)["nodes"].items()
        if other != name
        for link in node["links"].values()
    ]
    assert links == [True]


def started_us(name: str, *units: str) -> list[int]:
    """When each unit began to run there, by the clock that all containers have in common."""
    asked = f"systemctl show --value --property=ActiveEnterTimestampMonotonic {' '.join(units)}"
    return [int(word) for word in shell(container(name), asked).split()]


@pytest.mark.parametrize("name", DIRECTORS)
def test_no_daemon_was_restarted_since_the_connection_is_held(name: str) -> None:
    [since_us] = started_us("client", "held")
    started = started_us(name, *UNITS)
    assert len(started) == len(UNITS)
    assert all(0 < each < since_us for each in started)


def test_the_held_connection_is_the_first_one_still() -> None:
    client = container("client")
    state, age_s, *lines = shell(
        client,
        "systemctl is-active held; echo $(($(date +%s) - $(stat -c %Y /run/held.log)));"
        " cat /run/held.log",
    ).splitlines()
    bodies, connections = lines[0::2], [line.split() for line in lines[1::2]]
    assert (state, int(age_s) < 15) == ("active", True)
    assert set(bodies) == {"LAICO2"}
    assert [made for made, dummy in connections] == ["1", *["0"] * (len(connections) - 1)]
    [port] = {port for dummy, port in connections}
    entries = shell(container("laicoz"), "ipvsadm -Lnc").splitlines()
    assert ["ESTABLISHED", f"192.0.2.10:{port}", f"{VIP}:80", "192.0.2.2:80"] in [
        line.split()[2:] for line in entries
    ]
