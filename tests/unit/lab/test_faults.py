# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults as nftables rules and netem commands (in force: tests/integration/lab)."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.faults import check_faults, delay_command, interfaces_of, ruleset, touched
from lab.state import Faults
from lab.topology import load_topology

TOPOLOGY = load_topology(Path(__file__).parents[3] / "lab" / "topologies" / "second.yml")
NORTH = TOPOLOGY.host("north")
SOUTH = TOPOLOGY.host("south")


def rules(faults: Faults) -> list[str]:
    lines = ruleset(TOPOLOGY, {"north": faults}).splitlines()
    return [line.strip() for line in lines if line.endswith("counter drop")]


def test_without_faults_nothing_is_dropped() -> None:
    assert "drop" not in ruleset(TOPOLOGY, {})


def test_the_table_is_replaced_whole() -> None:
    assert ruleset(TOPOLOGY, {}).startswith("table bridge lab\ndelete table bridge lab\n")


def test_loss_is_drawn_each_way_on_each_interface() -> None:
    assert rules(Faults(loss_percent=2.5)) == [
        'iifname "north-0" numgen random mod 10000 < 250 counter drop',
        'iifname "north-1" numgen random mod 10000 < 250 counter drop',
        'oifname "north-0" numgen random mod 10000 < 250 counter drop',
        'oifname "north-1" numgen random mod 10000 < 250 counter drop',
    ]


def test_total_loss_needs_no_dice() -> None:
    assert rules(Faults(loss_percent=100, interfaces=["eth1"])) == [
        'iifname "north-1" counter drop',
        'oifname "north-1" counter drop',
    ]


def test_partition_of_one_link_keeps_the_other() -> None:
    assert rules(Faults(partition_from=["south"], interfaces=["eth1"])) == [
        f'oifname "north-1" ether saddr {SOUTH.nics[1].mac} counter drop',
        f'oifname "south-1" ether saddr {NORTH.nics[1].mac} counter drop',
    ]


def test_one_way_partition_makes_the_host_deaf_not_mute() -> None:
    faults = Faults(partition_from=["south"], is_one_way=True, interfaces=["eth0"])
    assert rules(faults) == [f'oifname "north-0" ether saddr {SOUTH.nics[0].mac} counter drop']


def test_partition_from_the_client_works_on_what_reaches_the_bridge_itself() -> None:
    assert rules(Faults(partition_from=["client"], interfaces=["eth0"])) == [
        'oifname "north-0" ether saddr 02:4c:56:53:ff:00 counter drop',
        'iifname "north-0" counter drop',
    ]


def test_delay_is_set_where_wanted_and_cleared_elsewhere() -> None:
    shell, flag, script = delay_command(NORTH, Faults(delay_ms=1.5, interfaces=["eth1"]))
    assert (shell, flag) == ("sh", "-c")
    assert "tc qdisc del dev eth0 root" in script
    assert "tc qdisc replace dev eth1 root netem limit 10000 delay 1500us" in script


def test_interfaces_by_name_and_by_network() -> None:
    assert interfaces_of(NORTH, ["eth0"], ["beat"]) == ["eth0", "eth1"]
    assert [nic.name for nic in touched(NORTH, Faults())] == ["eth0", "eth1"]
    with pytest.raises(LabError, match="north has no interface on the network 'moon'"):
        interfaces_of(NORTH, [], ["moon"])


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        (Faults(loss_percent=101), "--loss must be 0 to 100 percent, not 101"),
        (Faults(delay_ms=-1), "--delay must be 0 to 60000 ms, not -1"),
        (Faults(partition_from=["north"]), "north cannot be partitioned from itself"),
        (Faults(partition_from=["mars"]), "no host 'mars'"),
        (Faults(interfaces=["eth9"]), "north has no interface 'eth9'"),
        (Faults(is_one_way=True), "--partition-from, which is missing"),
    ],
)
def test_impossible_faults_are_refused(faults: Faults, sentence: str) -> None:
    with pytest.raises(LabError) as caught:
        check_faults(TOPOLOGY, NORTH, faults)
    assert sentence in str(caught.value)
