# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory tells the doctor of a host."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.plugin_utils._doctor import doctor_arguments
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._preflight import host_arguments

VIP = {"address": "192.0.2.146/24", "interface": "eth0", "primary": "dir1", "group": "web"}
SERVICE = {"vip": "192.0.2.146", "port": 80, "check": {"type": "connect"}}
GROUPS = {"lvs_directors": ["dir1"], "lvs_realservers": ["web1", "web2"]}


def inventory(**changes: Any) -> Inventory:
    common = {"lvs_vips": [VIP], "lvs_services": [SERVICE], **changes}
    addresses = {"web1": "192.0.2.2", "web2": "192.0.2.3"}
    hosts = {
        host: {**common, **({"lvs_address": addresses[host]} if host in addresses else {})}
        for host in ("dir1", "web1", "web2", "client")
    }
    return Inventory(hosts, GROUPS)


def test_a_director_is_told_its_services_with_the_servers_addresses() -> None:
    told = doctor_arguments(inventory(), "dir1")
    assert told["name"] == "dir1"
    assert told["roles"] == ["director"]
    assert told["vips"] == [{"address": "192.0.2.146/24", "interface": "eth0"}]
    (service,) = told["services"]
    assert (service["scheduler"], service["forward"]) == ("wlc", "direct")
    assert [server["address"] for server in service["real_servers"]] == ["192.0.2.2", "192.0.2.3"]
    assert "check" not in service, "of no interest, and may hold a password"
    assert "realserver_interface" not in told


def test_what_nobody_knows_yet_is_left_out() -> None:
    told = doctor_arguments(inventory(lvs_address=None), "dir1")
    told_early = doctor_arguments(
        Inventory({"dir1": {"lvs_vips": [VIP], "lvs_services": [SERVICE]}, "web1": {}}, GROUPS),
        "dir1",
    )
    assert told["services"][0]["port"] == told_early["services"][0]["port"] == 80
    assert told_early["services"][0]["real_servers"] == []


@pytest.mark.parametrize(
    ("host", "changes", "roles"),
    [
        ("web1", {}, ["realserver"]),
        ("web1", {"realserver_state": "absent"}, None),
        ("dir1", {"heartbeat_state": "absent"}, None),
        ("client", {}, None),
    ],
)
def test_roles_come_from_the_groups_and_the_wanted_state(
    host: str, changes: dict[str, Any], roles: list[str] | None
) -> None:
    assert doctor_arguments(inventory(**changes), host).get("roles") == roles


def test_an_inventory_without_a_cluster_says_nothing() -> None:
    assert doctor_arguments(Inventory({"host": {}}, {}), "host") == {"name": "host"}


def test_services_of_the_operators_own_file_are_read_on_the_host() -> None:
    told = doctor_arguments(inventory(ldirectord_config_src="/src/ldirectord.cf"), "dir1")
    assert "services" not in told


def test_the_interface_of_the_role_is_the_doctors() -> None:
    told = doctor_arguments(inventory(realserver_interface="dummy0"), "web1")
    assert told["realserver_interface"] == "dummy0"


def test_preflight_is_told_the_same_but_for_what_comes_later() -> None:
    def told(host: str, **changes: Any) -> dict[str, Any]:
        return host_arguments(inventory(**changes), host, ["realserver"])

    assert (told("web1")["roles"], len(told("web1")["services"])) == (["realserver"], 1)
    assert told("web1")["is_arp_ours"]
    assert told("web1", lvs_demo_web=True)["services"] == [], "its page comes in the same run"
    assert told("dir1", lvs_demo_web=True)["services"]
    assert not told("web1", realserver_arp_sysctls=False)["is_arp_ours"]
