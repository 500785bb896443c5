# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles derive from the inventory's few facts."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.plugin_utils._derive import derive
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory

GROUPS = {"lvs_directors": ["dir1", "dir2"], "lvs_realservers": ["web1", "web2"]}
SERVICE = {"vip": "192.0.2.146", "port": 80, "scheduler": "rr"}


def facts(*addresses: str, **more: Any) -> dict[str, Any]:
    return {
        "ansible_facts": {"lvs_preflight_host": {"addresses": {"eth0": list(addresses)}, **more}}
    }


def inventory(**changes: Any) -> Inventory:
    common = {
        "lvs_vips": [{"address": "192.0.2.146/24", "interface": "eth0", "primary": "dir2"}],
        "lvs_services": [SERVICE],
        **changes,
    }
    return Inventory(
        {
            "dir1": {**common, **facts("192.0.2.11/24", node="Dir1")},
            "dir2": {**common, **facts("192.0.2.146/24", "192.0.2.12/24", node="dir2")},
            "web1": {**common, **facts("192.0.2.2/24"), "lvs_weight": 3},
            "web2": {**common, **facts("198.51.100.9/24"), "lvs_address": "192.0.2.3"},
        },
        GROUPS,
    )


def test_the_unit_of_an_address_is_named_as_vip_address_names_it() -> None:
    vips = [{"address": "192.0.2.146/24", "interface": "br-lan"}]
    (vip,) = derive(inventory(lvs_vips=vips), "dir1")["vips"]
    assert vip["unit"] == "lvs-vip-br\\x2dlan-192.0.2.146-24.service"


def test_the_primary_begins_the_group_and_the_others_follow_in_inventory_order() -> None:
    (group,) = derive(inventory(), "dir1")["groups"]
    assert group["primary"] == "dir2"
    assert group["order"] == ["dir2", "dir1"]
    assert group["name"] == "192.0.2.146"
    assert group["has_services"] is True


def test_addresses_of_one_group_move_together() -> None:
    vips = [
        {"address": "192.0.2.146/24", "interface": "eth0", "group": "web"},
        {"address": "192.0.2.147/24", "interface": "eth0"},
        {"address": "192.0.2.148/24", "interface": "eth0", "group": "web"},
    ]
    groups = derive(inventory(lvs_vips=vips), "dir1")["groups"]
    assert [[vip["address"] for vip in group["addresses"]] for group in groups] == [
        ["192.0.2.146", "192.0.2.148"],
        ["192.0.2.147"],
    ]
    assert [group["has_services"] for group in groups] == [True, False]
    assert groups[0]["primary"] == "dir1"


def test_real_servers_are_the_group_with_address_and_weight_of_each_host() -> None:
    (service,) = derive(inventory(), "dir1")["services"]
    assert service["protocol"] == "tcp"
    assert service["forward"] == "direct"
    assert [(s["name"], s["address"], s["port"], s["weight"]) for s in service["real_servers"]] == [
        ("web1", "192.0.2.2", 80, 3),
        ("web2", "192.0.2.3", 80, 1),
    ]


def test_real_servers_may_be_given_by_name_or_in_full() -> None:
    servers = ["web1", {"address": "203.0.113.9", "port": 8080, "weight": 0}, "outside.example"]
    (service,) = derive(
        inventory(lvs_services=[{**SERVICE, "forward": "masquerade", "real_servers": servers}]),
        "dir1",
    )["services"]
    assert [(s["address"], s["port"], s["weight"]) for s in service["real_servers"]] == [
        ("192.0.2.2", 80, 3),
        ("203.0.113.9", 8080, 0),
        ("outside.example", 80, 1),
    ]


def test_a_real_server_off_the_network_needs_its_address() -> None:
    hosts = inventory()
    hosts._hostvars["web2"].pop("lvs_address")
    with pytest.raises(ConfigError, match=r"lvs_address of web2: no address on 192\.0\.2\.0/24"):
        derive(hosts, "dir1")


def test_a_gathered_address_serves_where_preflight_did_not_look() -> None:
    gathered = {"all_ipv4_addresses": ["192.0.2.146", "198.51.100.9", "192.0.2.7"]}
    hosts = Inventory({"web2": {"ansible_host": "web2", "ansible_facts": gathered}}, GROUPS)
    network = ipaddress.ip_network("192.0.2.0/24")
    assert hosts.address("web2", network, ["192.0.2.146"]) == "192.0.2.7"


def test_a_link_gets_each_directors_own_address_and_never_a_virtual_one() -> None:
    nodes = derive(inventory(), "dir1", [{"type": "ucast", "interface": "eth0"}])["nodes"]
    assert nodes == [
        {
            "name": "dir1",
            "links": [{"type": "ucast", "interface": "eth0", "address": "192.0.2.11"}],
        },
        {
            "name": "dir2",
            "links": [{"type": "ucast", "interface": "eth0", "address": "192.0.2.12"}],
        },
    ]


def test_a_multicast_link_needs_no_address() -> None:
    link = {"type": "mcast", "interface": "eth1", "group": "239.0.0.1"}
    assert derive(inventory(), "dir1", [link])["nodes"][0]["links"] == [link]


def links_by_host(first: str, second: str) -> Inventory:
    hosts = inventory()
    for host, address in (("dir1", first), ("dir2", second)):
        hosts._hostvars[host]["heartbeat_links"] = [{"interface": "eth0", "address": address}]
    return hosts


def test_a_directors_own_links_say_its_own_address() -> None:
    hosts = links_by_host("2001:db8::11", "2001:db8::12")
    for asker in ("dir1", "dir2"):
        nodes = derive(hosts, asker, hosts.value(asker, "heartbeat_links"))["nodes"]
        assert [(node["name"], node["links"][0]["address"]) for node in nodes] == [
            ("dir1", "2001:db8::11"),
            ("dir2", "2001:db8::12"),
        ]


def test_two_directors_cannot_have_one_address() -> None:
    hosts = links_by_host("192.0.2.12", "192.0.2.12")
    with pytest.raises(ConfigError, match=r"heartbeat_links\[0\].address of dir2: 192\.0\.2\.12"):
        derive(hosts, "dir2", hosts.value("dir2", "heartbeat_links"))


def test_a_link_without_an_address_is_told_by_host_and_interface() -> None:
    with pytest.raises(ConfigError, match="heartbeat_links of dir1: its eth1 has no address"):
        derive(inventory(), "dir1", [{"interface": "eth1"}])


def test_lvs_node_names_the_node() -> None:
    hosts = inventory(lvs_node="NodeX")
    assert derive(hosts, "dir1")["groups"][0]["order"] == ["nodex", "nodex"]
