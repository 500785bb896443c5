# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight refuses by its values: one sentence with the variable's path, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.plugin_utils import _check_roles
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._preflight import (
    check_values,
    compare_hosts,
    host_arguments,
)

ALL = ("heartbeat", "ldirectord", "realserver")
VIP = {"address": "192.0.2.146/24", "interface": "eth0", "primary": "dir1"}
VIP_IN_GROUP = {**VIP, "group": "shop"}
SERVICE = {"vip": "192.0.2.146", "port": 80}
GOOD = {
    "lvs_cluster_name": "laico",
    "lvs_vips": [VIP],
    "lvs_services": [SERVICE],
    "heartbeat_auth_keys": [{"id": "1", "key": "not-in-any-output"}],
}


HOSTS = ["dir1", "dir2", "web1"]


def inventory(directors: tuple[str, ...] = ("dir1", "dir2"), **changes: Any) -> Inventory:
    hosts = {host: {**GOOD, **changes} for host in (*directors, "web1")}
    return Inventory(hosts, {"lvs_directors": list(directors), "lvs_realservers": ["web1"]})


def service(**changes: Any) -> dict[str, Any]:
    return {"lvs_services": [{**SERVICE, **changes}]}


def test_a_good_inventory_is_not_refused() -> None:
    assert check_values(inventory(), "dir1", ALL) == []


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"lvs_cluster_name": "a b"}, "lvs_cluster_name: "),
        ({"lvs_cluster_name": None}, "lvs_cluster_name: "),
        ({"lvs_vips": []}, "lvs_vips: "),
        ({"lvs_vips": [VIP, VIP]}, "lvs_vips[1].address: 192.0.2.146 stands twice"),
        ({"lvs_vips": [{**VIP, "address": "192.0.2.146"}]}, "lvs_vips[0].address: '192.0.2.146' l"),
        ({"lvs_vips": [{**VIP, "address": "192.0.2.300/24"}]}, "lvs_vips[0].address: "),
        ({"lvs_vips": [{**VIP, "address": "192.0.2.0/24"}]}, "lvs_vips[0].address: "),
        ({"lvs_vips": [{**VIP, "primary": "web1"}]}, "lvs_vips[0].primary: 'web1'"),
        ({"lvs_vips": [{**VIP, "iface": "eth0"}]}, "lvs_vips[0].iface: is not known"),
        ({"lvs_vips": [{"address": "192.0.2.146/24"}]}, "lvs_vips[0].interface: "),
        ({"lvs_services": {}}, "lvs_services: must be a list"),
        ({"lvs_services": ["http"]}, "lvs_services[0]: must be a mapping"),
        (service(vip="192.0.2.147"), "lvs_services[0].vip: '192.0.2.147'"),
        (service(port=80000), "lvs_services[0].port: 80000"),
        (service(port=True), "lvs_services[0].port: True"),
        (service(protocol="sctp"), "lvs_services[0].protocol: 'sctp'"),
        (service(scheduler="best"), "lvs_services[0].scheduler: 'best'"),
        (service(forward="nat"), "lvs_services[0].forward: 'nat'"),
        (service(check="http"), "lvs_services[0].check: "),
        (service(check={"type": "probe"}), "lvs_services[0].check.type: 'probe'"),
        (service(check={"path": "/"}), "lvs_services[0].check.path: is not known"),
        (service(check={"request": "/\n/"}), "lvs_services[0].check.request: "),
        (service(real_servers=[]), "lvs_services[0].real_servers: "),
        (service(real_servers=[{"port": 80}]), "lvs_services[0].real_servers[0]: "),
        (
            service(real_servers=[{"address": "192.0.2.2", "port": 81}]),
            "lvs_services[0].real_servers[0].port: ",
        ),
        (
            service(real_servers=[{"address": "192.0.2.2", "weight": -1}]),
            "lvs_services[0].real_servers[0].weight: -1",
        ),
        (
            service(forward="tunnel", real_servers=[{"address": "192.0.2.2", "port": 81}]),
            "lvs_services[0].real_servers[0].port: ",
        ),
        (service(real_servers=["web1", "web1"]), "lvs_services[0].real_servers[1]: web1 port 80 "),
        (service(fallback="192.0.2.300:80"), "lvs_services[0].fallback: "),
        (service(fallback="192.0.2.9:http"), "lvs_services[0].fallback: "),
        (service(persistence_netmask="33"), "lvs_services[0].persistence_netmask: "),
        (service(check={"receive": "(OK"}), "lvs_services[0].check.receive: "),
        (service(check={"request": "http://x/"}), "lvs_services[0].check.request: "),
        (service(check={"method": "POST"}), "lvs_services[0].check.method: 'POST'"),
        (
            service(protocol="udp", check={"type": "connect"}),
            "lvs_services[0].check.type: 'connect' cannot check a udp service",
        ),
        (
            {"lvs_vips": [VIP_IN_GROUP, {**VIP_IN_GROUP, "primary": "dir2"}]},
            "lvs_vips[1].primary: 'dir2' is not 'dir1'",
        ),
        ({"ldirectord_fallback": "192.0.2.9:x"}, "ldirectord_fallback: "),
        ({"heartbeat_auto_failback": "maybe"}, "heartbeat_auto_failback: 'maybe' is not of the ty"),
        ({"heartbeat_state": "gone"}, "heartbeat_state: 'gone' is not one of present, absent."),
        ({"ldirectord_sysctls": [1]}, "ldirectord_sysctls: [1] is not of the type dict."),
        ({"realserver_arp_sysctls": "perhaps"}, "realserver_arp_sysctls: 'perhaps' is not of"),
        ({"lvs_services": [SERVICE, {**SERVICE, "port": "80"}]}, "lvs_services[1]: tcp"),
        ({"lvs_weight": "heavy"}, "lvs_weight of web1: 'heavy'"),
        ({"lvs_address": "web1"}, "lvs_address of dir1: 'web1'"),
        ({"heartbeat_keepalive": "fast"}, "heartbeat_keepalive: 'fast'"),
        (
            {"heartbeat_deadtime": "400ms", "heartbeat_warntime": "300ms"},
            "heartbeat_deadtime: 400ms",
        ),
        ({"heartbeat_warntime": 5}, "heartbeat_warntime: 5"),
        ({"heartbeat_initdead": "500ms"}, "heartbeat_initdead: 500ms"),
        ({"heartbeat_udpport": 0}, "heartbeat_udpport: 0"),
        ({"heartbeat_standby": "hot"}, "heartbeat_standby: 'hot'"),
        ({"heartbeat_links": [{"type": "serial", "interface": "x"}]}, "heartbeat_links[0].type: "),
        ({"heartbeat_links": [{"type": "mcast", "interface": "x"}]}, "heartbeat_links[0].group: "),
        ({"heartbeat_replaces": ["nginx"]}, "heartbeat_replaces[0]: 'nginx'"),
        ({"ldirectord_checkinterval": 0}, "ldirectord_checkinterval: 0"),
        ({"ldirectord_failurecount": "x"}, "ldirectord_failurecount: 'x'"),
    ],
)
def test_a_bad_value_is_told_by_its_path(changes: dict[str, Any], start: str) -> None:
    found = check_values(inventory(**changes), "dir1", ALL)
    assert [sentence for sentence in found if sentence.startswith(start)], found


def test_all_problems_are_told_at_once_and_each_once() -> None:
    found = check_values(
        inventory(lvs_cluster_name="", heartbeat_standby="hot", **service(port=0)), "dir1", ALL
    )
    assert len(found) == 3


def test_one_director_is_refused_unless_there_is_no_heartbeat() -> None:
    alone = inventory(directors=("dir1",))
    assert check_values(alone, "dir1", ALL)[0].startswith("lvs_directors: 1 in the inventory")
    assert check_values(alone, "dir1", ("realserver",)) == []


@pytest.mark.parametrize(
    "keys",
    [
        "secret-word",
        {"id": 1, "key": "secret-word"},
        [],
        ["secret-word"],
        [{"secret-word": 1}],
        [{"id": "secret-word", "key": "x" * 20}],
        [{"id": 1, "key": "secret-word", "method": "secret-word"}],
        [{"id": 256, "key": "secret-word"}],
        [{"id": 1, "key": "secret word"}],
        [{"id": 1, "key": "secret-word#"}],
        [{"id": 1, "key": ["secret-word"]}],
        [{"id": 1, "key": "secret"}],
        [{"id": 1, "key": "secret-word"}, {"id": "1", "key": "secret-word"}],
    ],
)
def test_a_malformed_key_is_refused_and_never_shown(keys: object) -> None:
    found = check_values(inventory(heartbeat_auth_keys=keys), "dir1", ALL)
    assert found
    assert all(sentence.startswith("heartbeat_auth_keys") for sentence in found)
    assert "secret" not in " ".join(found)


def test_the_key_used_to_send_must_be_there() -> None:
    found = check_values(inventory(heartbeat_auth_send_id="secret"), "dir1", ALL)
    assert found == ["heartbeat_auth_send_id: must be the id of one of heartbeat_auth_keys."]


HA_CF = "keepalive 200ms\nundport 695\ndeadtime 1\nnode dir1 dir2\nbcast eth0\n"


def _source(folder: Path, mode: int, ha_cf: str = HA_CF) -> Inventory:
    for name, text in {
        "ha.cf": ha_cf,
        "haresources": "dir1 192.0.2.146/24/eth0\n",
        "authkeys": "auth 1\n1 hmac-sha256 not-in-any-output\n",
    }.items():
        (folder / name).write_text(text, encoding="ascii")
    (folder / "authkeys").chmod(mode)
    return inventory(heartbeat_config_src=str(folder), heartbeat_auth_keys=None)


def test_an_unknown_directive_of_the_operators_file_is_told_by_its_line(tmp_path: Path) -> None:
    found = check_values(_source(tmp_path, 0o600), "dir1", ALL)
    assert len(found) == 1
    assert found[0].startswith(f"{tmp_path}/ha.cf:2: ")
    assert "undport" in found[0]


def test_all_of_the_operators_files_are_judged_though_each_is_broken(tmp_path: Path) -> None:
    source = _source(tmp_path, 0o600)
    (tmp_path / "haresources").write_text("dir9 192.0.2.146/24/eth0\n", encoding="ascii")
    (tmp_path / "authkeys").write_text("auth 1\n1 not-in-any-output\n", encoding="ascii")
    (tmp_path / "lvs.cf").write_text("lease 1\nquorum perhaps\n", encoding="ascii")
    found = check_values(source, "dir1", ALL)
    assert [line.split(": ")[0] for line in found] == [
        f"{tmp_path}/{where}"
        for where in (
            "ha.cf:2",
            "haresources:1",
            "authkeys:1",
            "authkeys:2",
            "lvs.cf:1",
            "lvs.cf:2",
        )
    ]
    assert "not-in-any-output" not in "".join(found)


def test_keys_that_others_can_read_are_refused_with_the_cure(tmp_path: Path) -> None:
    found = check_values(_source(tmp_path, 0o644, HA_CF.replace("undport", "udpport")), "dir1", ALL)
    assert found == [
        f"{tmp_path}/authkeys: is readable by others (mode 0644); "
        f"type: chmod 0600 {tmp_path}/authkeys"
    ]


def test_the_operators_good_files_are_not_refused(tmp_path: Path) -> None:
    source = _source(tmp_path, 0o600, HA_CF.replace("undport", "udpport"))
    assert check_values(source, "dir1", ALL) == []


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    source = _source(tmp_path, 0o600, HA_CF.replace("undport", "udpport"))
    (tmp_path / "haresources").unlink()
    assert check_values(source, "dir1", ALL) == [
        f"heartbeat_config_src: {tmp_path} has no haresources."
    ]


def test_the_operators_ldirectord_cf_may_name_hosts(tmp_path: Path) -> None:
    path = tmp_path / "ldirectord.cf"
    path.write_text(
        "virtual=192.0.2.146:80\n\treal=web1:80 gate\n\tservice=http\n", encoding="ascii"
    )
    assert list(_check_roles.check_ldirectord_file(path)) == []
    path.write_text("checkintervall=2\n", encoding="ascii")
    (found,) = _check_roles.check_ldirectord_file(path)
    assert found.startswith(f"{path}:1: ")


def test_a_host_is_asked_for_what_it_shall_become() -> None:
    servers = ["web1", "outside.example", "192.0.2.9"]
    hosts = inventory(
        **service(scheduler="mh", real_servers=servers), heartbeat_links=[{"interface": "eth1"}]
    )
    asked = host_arguments(hosts, "dir1", ALL)
    assert asked["interfaces"] == ["eth0", "eth1"]
    assert asked["schedulers"] == ["mh"]
    assert asked["names"] == {"outside.example": "lvs_services[0].real_servers[1]"}
    assert asked["vips"] == {"192.0.2.146": "eth0"}
    server = host_arguments(hosts, "web1", ALL)
    assert server["is_realserver"] is True
    assert (server["schedulers"], server["interfaces"], server["names"]) == ([], [], {})


def _found(
    *,
    nodes: Mapping[str, str] | None = None,
    has_addresses: bool = True,
    source: str = "",
    answers: Mapping[str, list[str]] | None = None,
    mtus: Mapping[str, int] | None = None,
) -> Inventory:
    macs = {"dir1": "02:00:00:00:00:01", "dir2": "02:00:00:00:00:02", "web1": "02:00:00:00:00:03"}
    found = {
        host: {
            **GOOD,
            "heartbeat_config_src": source,
            "ansible_facts": {
                "lvs_preflight_host": {
                    "node": (nodes or {}).get(host, host),
                    "addresses": {"eth0": [f"192.0.2.{11 + number}/24"]} if has_addresses else {},
                    "macs": {"eth0": mac},
                    "answers": {"192.0.2.146": (answers or {}).get(host, [])},
                    "mtus": {"192.0.2.146": (mtus or {}).get(host, 1500)},
                }
            },
        }
        for number, (host, mac) in enumerate(macs.items())
    }
    return Inventory(found, {"lvs_directors": ["dir1", "dir2"], "lvs_realservers": ["web1"]})


@pytest.mark.parametrize(
    ("answers", "findings", "warnings"),
    [
        ({}, 0, 0),
        ({"dir1": ["02:00:00:00:00:02"]}, 0, 0),
        ({"dir1": ["02:00:00:00:00:03"]}, 0, 1),
        ({"dir1": ["02:00:00:00:00:99"]}, 1, 0),
        ({"dir1": ["02:00:00:00:00:99"], "dir2": ["02:00:00:00:00:99"]}, 1, 0),
    ],
)
def test_an_address_that_somebody_else_answers_for_is_refused(
    answers: dict[str, list[str]], findings: int, warnings: int
) -> None:
    found, warned = compare_hosts(_found(answers=answers), HOSTS)
    assert (len(found), len(warned)) == (findings, warnings)
    if findings:
        assert found[0].startswith("lvs_vips[0].address: 192.0.2.146 answers ARP from the MAC 02:")


def test_mtus_that_differ_are_shown_once() -> None:
    found, (sentence,) = compare_hosts(_found(mtus={"dir2": 9000}), HOSTS)
    assert found == []
    assert sentence.startswith("dir1: its MTU on the network of 192.0.2.146 is 1500, and that of d")
    assert compare_hosts(_found(), HOSTS) == ([], [])


def test_two_directors_of_one_name_are_refused() -> None:
    found, _warned = compare_hosts(_found(nodes={"dir1": "debian", "dir2": "Debian"}), HOSTS)
    assert [sentence.split(":")[0] for sentence in found] == ["lvs_node of dir2"]


def test_an_address_that_cannot_be_derived_is_told_before_anything_is_installed() -> None:
    found, _warned = compare_hosts(_found(has_addresses=False), HOSTS)
    assert found == [
        "lvs_address of web1: no address on 192.0.2.0/24 is known; set it in the inventory."
    ]


def test_a_director_that_the_operators_own_file_does_not_name_is_refused(tmp_path: Path) -> None:
    text = "node dir1 other\nudpport 694\nbcast eth0\n"
    (tmp_path / "ha.cf").write_text(text, encoding="ascii")
    found, _warned = compare_hosts(_found(source=str(tmp_path)), HOSTS)
    (sentence,) = found
    assert sentence.startswith(
        f"heartbeat_config_src: {tmp_path}/ha.cf names the nodes dir1, other"
    )
    assert "dir2 is called dir2" in sentence


def test_the_schedulers_of_the_operators_own_file_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "ldirectord.cf"
    text = "virtual=192.0.2.146:80\n\treal=192.0.2.2:80 gate\n\tscheduler=mh\n"
    path.write_text(text, encoding="ascii")
    hosts = inventory(lvs_services=[], ldirectord_config_src=str(path))
    assert host_arguments(hosts, "dir1", ALL)["schedulers"] == ["mh"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("200ms", 0.2),
        (1, 1.0),
        ("1.5", 1.5),
        ("2s", 2.0),
        ("fast", None),
        (True, None),
        ("-1", None),
    ],
)
def test_times(value: object, seconds: float | None) -> None:
    assert _check_roles.duration_s(value) == seconds


@pytest.mark.parametrize(
    ("host", "checks", "changes", "has_proofs"),
    [
        ("dir1", ALL, {}, True),
        ("dir1", ("ldirectord",), {}, False),
        ("dir1", ALL, {"heartbeat_state": "absent"}, False),
        ("web1", ALL, {}, False),
    ],
)
def test_a_director_is_handed_proofs_of_the_wanted_keys_and_no_key(
    host: str, checks: tuple[str, ...], changes: dict[str, Any], has_proofs: bool
) -> None:
    arguments = host_arguments(inventory(**changes), host, checks)
    assert bool(arguments.get("proofs")) == has_proofs
    assert "not-in-any-output" not in str(arguments)


@pytest.mark.parametrize(("preset", "scheduler"), [("", "wlc"), ("stateless", "mh")])
def test_the_scheduler_of_the_preset_is_looked_for_in_the_kernel(
    preset: str, scheduler: str
) -> None:
    arguments = host_arguments(inventory(ldirectord_preset=preset), "dir1", ALL)
    assert arguments["schedulers"] == [scheduler]


def test_an_unknown_preset_is_refused() -> None:
    (sentence,) = check_values(inventory(ldirectord_preset="statefull"), "dir1", ALL)
    assert sentence.startswith("ldirectord_preset: 'statefull' is not one of ")
