# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual IPv6 address beside an IPv4 one, after both were handed over together."""

from __future__ import annotations

from collections import Counter

import pytest
from cluster import DIRECTORS, VIP, addresses, answers, container, holders, shell, status, table

NETWORK = "2001:db8:4c56:"
VIP6 = f"{NETWORK}:146"
ROWS = [
    f"-A -t [{VIP6}]:80 -s rr",
    f"-a -t [{VIP6}]:80 -r [{NETWORK}:2]:80 -g -w 1",
    f"-a -t [{VIP6}]:80 -r [{NETWORK}:3]:80 -g -w 1",
    f"-A -t {VIP}:80 -s wrr",
    f"-a -t {VIP}:80 -r 192.0.2.2:80 -g -w 1",
    f"-a -t {VIP}:80 -r 192.0.2.3:80 -g -w 1",
]


@pytest.mark.parametrize("name", DIRECTORS)
def test_a_directors_table_has_both_services(name: str) -> None:
    assert table(container(name)) == sorted(ROWS)


@pytest.mark.parametrize("address", [f"{VIP6}/64", f"{VIP}/24"])
def test_the_new_holder_alone_has_the_address(address: str) -> None:
    assert holders(address) == ["laicoy"]


@pytest.mark.parametrize("name", ["laico2", "laico3"])
def test_a_real_server_has_both_addresses_on_lo(name: str) -> None:
    there = addresses(container(name), "lo")
    assert [each for each in there if "146" in each] == [f"{VIP}/32", f"{VIP6}/128"]


def test_the_client_has_learned_the_new_holder_and_is_answered_in_turn() -> None:
    client = container("client")
    neighbour = shell(client, f"ip -6 neigh show {VIP6} dev eth0")
    mac = shell(container("laicoy"), "cat /sys/class/net/eth0/address").strip()
    assert f"lladdr {mac}" in neighbour
    got = answers(client, f"http://[{VIP6}]/", 6)
    assert got == Counter({"LAICO2": 3, "LAICO3": 3})


def test_the_client_is_answered_over_ipv4_too() -> None:
    got = answers(container("client"), f"http://{VIP}/", 6)
    assert got == Counter({"LAICO2": 3, "LAICO3": 3})


@pytest.mark.parametrize(
    ("name", "other", "own"), [("laicoz", "laicoy", 11), ("laicoy", "laicoz", 12)]
)
def test_the_directors_hear_each_other_over_ipv6_alone(name: str, other: str, own: int) -> None:
    host = container(name)
    [link] = status(host)["nodes"][other]["links"].values()
    assert link["is_up"]
    listening = shell(host, "ss -Hnul | awk '/:694 / {print $4}'").split()
    assert listening == [f"[{NETWORK}:{own}]%eth0:694"]
