# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role leaves on two directors that hold addresses and no virtual service."""

from __future__ import annotations

import pytest
from cluster import DIRECTORS, container, shell, sysctl
from places import Places, become

HOME: Places = {
    "192.0.2.146": ["laicoz"],
    "192.0.2.147": ["laicoy"],
    "192.0.2.148": ["laicoz"],
    "192.0.2.149": ["laicoz"],
}
FILES = ("ha.cf", "haresources", "authkeys", "lvs.cf")
HARESOURCES = [
    "laicoz 192.0.2.146/24/eth0",
    "laicoy 192.0.2.147/24/eth0",
    "laicoz 192.0.2.148/24/eth0 192.0.2.149/24/eth0",
]


def directives(text: str) -> list[str]:
    """The lines that say something."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def test_each_address_is_on_its_primary_and_nowhere_else() -> None:
    assert become(HOME) == HOME


@pytest.mark.parametrize("name", DIRECTORS)
def test_the_agent_runs_starts_at_boot_and_has_no_monitor_beside_it(name: str) -> None:
    host = container(name)
    agent = host.service("lvs-heartbeat")
    assert (agent.is_running, agent.is_enabled) == (True, True)
    assert not host.service("lvs-ldirectord").exists


@pytest.mark.parametrize("name", DIRECTORS)
def test_the_files_are_roots_and_the_keys_are_for_no_one_else(name: str) -> None:
    told = shell(container(name), "cd /etc/ha.d && stat -c '%n %U %a' " + " ".join(FILES))
    modes = dict(zip(FILES, ("644", "644", "600", "644"), strict=True))
    assert told.splitlines() == [f"{file} root {modes[file]}" for file in FILES]


@pytest.mark.parametrize("name", DIRECTORS)
def test_haresources_has_a_line_for_each_group_the_same_on_both(name: str) -> None:
    text = container(name).file("/etc/ha.d/haresources").content_string
    assert directives(text) == HARESOURCES


@pytest.mark.parametrize("name", DIRECTORS)
def test_ha_cf_has_nice_failback_both_nodes_and_a_link_to_each(name: str) -> None:
    said = directives(container(name).file("/etc/ha.d/ha.cf").content_string)
    assert "auto_failback off" in said
    assert {line for line in said if line.startswith(("node", "ucast"))} == {
        "node laicoz",
        "node laicoy",
        "ucast eth0 192.0.2.11",
        "ucast eth0 192.0.2.12",
    }


@pytest.mark.parametrize("name", DIRECTORS)
def test_the_addresses_interface_is_set_for_addresses_that_come_and_go(name: str) -> None:
    keys = ("arp_ignore", "arp_announce", "promote_secondaries")
    host = container(name)
    assert sysctl(host, *(f"net.ipv4.conf.eth0.{key}" for key in keys)) == ["1", "2", "1"]
    told = shell(host, "cat /etc/sysctl.d/60-lvs-heartbeat.conf")
    assert directives(told) == [
        f"net.ipv4.conf.eth0.{key} = {value}"
        for key, value in sorted(zip(keys, "121", strict=True))
    ]


@pytest.mark.parametrize("name", DIRECTORS)
def test_the_agents_own_check_finds_nothing_wrong(name: str) -> None:
    assert shell(container(name), "lvsctl check 2>&1") == "/etc/ha.d is sound.\n"
