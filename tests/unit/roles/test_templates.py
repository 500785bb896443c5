# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles write is what the daemons' own parsers read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import (
    authkeys,
    ha_cf,
    haresources,
    ldirectord_cf,
    lvs_cf,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Watch
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    FLAG_SCHED_1,
    FLAG_SCHED_2,
    DestKey,
    ServiceKey,
)
from ansible_collections.laico.lvs.plugins.plugin_utils._derive import derive
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._keys import wanted_text

ROLES = Path(__file__).resolve().parents[3] / "roles"
VIPS = [
    {"address": "192.0.2.146/24", "interface": "eth0", "primary": "dir2", "group": "web"},
    {"address": "2001:db8::146/64", "interface": "eth0", "group": "web"},
    {"address": "192.0.2.147/24", "interface": "eth0.100"},
]


def cluster(services: list[dict[str, Any]], directors: int = 2, **further: Any) -> dict[str, Any]:
    hosts = [f"dir{number + 1}" for number in range(directors)]
    variables = {"lvs_vips": VIPS, "lvs_services": services, **further}
    inventory = Inventory(
        {host: {**variables, "lvs_address": f"192.0.2.{n}"} for n, host in enumerate(hosts, 11)},
        {"lvs_directors": hosts},
    )
    return derive(inventory, "dir1", [{"interface": "eth0"}])


def render(role: str, name: str, **variables: Any) -> str:
    text = (ROLES / role / "templates" / name).read_text(encoding="utf-8")
    defaults = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    known = {
        key: trust_as_template(value) if isinstance(value, str) else value
        for key, value in defaults.items()
    }
    templar = Templar(loader=DataLoader(), variables={**known, **variables})
    overrides = {"trim_blocks": True}  # as the lookup `template` has it
    return str(templar.template(trust_as_template(text), overrides=overrides))


SERVICES: list[dict[str, Any]] = [
    {
        "vip": "192.0.2.146",
        "port": 80,
        "scheduler": "mh",
        "check": {"type": "negotiate", "request": "/a%20b?c=d", "receive": "O+K #1", "port": 8080},
        "persistence_timeout": 300,
        "persistence_netmask": "255.255.255.0",
        "real_servers": [{"address": "192.0.2.2", "weight": 3}, {"address": "192.0.2.3"}],
    },
    {
        "vip": "2001:db8::146",
        "port": 443,
        "check": {"type": "connect"},
        "real_servers": ["2001:db8::2"],
        "forward": "tunnel",
    },
    {
        "vip": "192.0.2.147",
        "port": 53,
        "protocol": "udp",
        "forward": "masquerade",
        "check": {"type": True},
        "real_servers": [{"address": "192.0.2.9", "port": 5353}],
        "fallback": "127.0.0.1:53",
    },
]


def test_ldirectord_cf_says_what_the_services_say() -> None:
    text = render(
        "ldirectord", "ldirectord.cf.j2", ldirectord_services=cluster(SERVICES)["services"]
    )
    read = ldirectord_cf.parse(text, "ldirectord.cf")
    assert read.warnings == ()
    web, six, dns = read.virtuals
    assert web.service.key == ServiceKey(4, "tcp", "192.0.2.146", 80)
    assert (web.service.scheduler, web.service.persistence_timeout_s) == ("mh", 300)
    assert web.service.persistence_netmask == 24
    assert [(r.destination.key, r.destination.weight) for r in web.reals] == [
        (DestKey("192.0.2.2", 80), 3),
        (DestKey("192.0.2.3", 80), 1),
    ]
    check = web.reals[0].check
    assert check is not None
    assert (check.port, check.request, check.receive) == (8080, "/a%20b?c=d", "O+K #1")
    assert six.service.key == ServiceKey(6, "tcp", "2001:db8::146", 443)
    assert six.reals[0].destination.forward == "tunnel"
    assert dns.service.key == ServiceKey(4, "udp", "192.0.2.147", 53)
    assert dns.reals[0].destination.key == DestKey("192.0.2.9", 5353)
    assert dns.fallback is not None


@pytest.mark.parametrize(
    ("check", "protocol", "kind"),
    [
        ({}, "tcp", "connect"),
        ({}, "udp", "on"),
        ({"type": True}, "tcp", "on"),
        ({"type": "3", "receive": "x"}, "tcp", "negotiate"),
        ({"type": "negotiate"}, "tcp", "negotiate"),
    ],
)
def test_the_kind_of_check_has_a_sensible_default(
    check: dict[str, Any], protocol: str, kind: str
) -> None:
    service = {**SERVICES[0], "check": check, "protocol": protocol}
    text = render(
        "ldirectord", "ldirectord.cf.j2", ldirectord_services=cluster([service])["services"]
    )
    (virtual,) = ldirectord_cf.parse(text, "ldirectord.cf").virtuals
    found = virtual.reals[0].check
    assert f"checktype = {check.get('type') if kind == 'negotiate' else kind}" in text
    assert (found is None) == (kind == "on")


@pytest.mark.parametrize(
    ("preset", "given", "scheduler", "flags"),
    [
        ("", {}, "wlc", 0),
        ("stateless", {}, "mh", FLAG_SCHED_1 | FLAG_SCHED_2),
        ("stateless", {"scheduler": "mh"}, "mh", FLAG_SCHED_1 | FLAG_SCHED_2),
        ("stateless", {"scheduler": "rr"}, "rr", 0),
        ("", {"scheduler": "mh"}, "mh", 0),
    ],
)
def test_the_stateless_preset_chooses_for_services_that_leave_it_open(
    preset: str, given: dict[str, Any], scheduler: str, flags: int
) -> None:
    service = {"vip": "192.0.2.146", "port": 80, "real_servers": ["192.0.2.2"], **given}
    services = cluster([service], ldirectord_preset=preset)["services"]
    text = render(
        "ldirectord",
        "ldirectord.cf.j2",
        ldirectord_services=services,
        ldirectord_preset=preset,
    )
    (virtual,) = ldirectord_cf.parse(text, "ldirectord.cf").virtuals
    assert (virtual.service.scheduler, virtual.service.scheduler_flags) == (scheduler, flags)
    assert virtual.is_quiescent == (preset == "stateless")


def test_what_the_preset_chooses_can_be_overruled() -> None:
    text = render(
        "ldirectord",
        "ldirectord.cf.j2",
        ldirectord_services=cluster(SERVICES)["services"],
        ldirectord_preset="stateless",
        ldirectord_quiescent=False,
    )
    assert not ldirectord_cf.parse(text, "ldirectord.cf").virtuals[0].is_quiescent


def test_ha_cf_says_whom_to_ping_and_with_what_priority_to_run() -> None:
    block = render(
        "heartbeat",
        "ha.cf.j2",
        heartbeat_ping=[
            {"addresses": ["192.0.2.254"]},
            {"name": "routers", "addresses": ["192.0.2.253", "2001:db8::253"]},
        ],
        heartbeat_rtprio=7,
    )
    read = ha_cf.parse(f"{block}node a b\nucast eth0 192.0.2.1\n", "ha.cf")
    assert [(ping.name, ping.hosts) for ping in read.pings] == [
        ("192.0.2.254", ("192.0.2.254",)),
        ("routers", ("192.0.2.253", "2001:db8::253")),
    ]
    assert read.realtime_priority == 7
    assert "realtime" not in render("heartbeat", "ha.cf.j2")
    assert "realtime off" in render("heartbeat", "ha.cf.j2", heartbeat_realtime="no")


def test_lvs_cf_says_what_to_watch_and_whom_to_tell() -> None:
    text = render(
        "heartbeat",
        "lvs.cf.j2",
        heartbeat__cluster=cluster([], 3),
        lvs_cluster_name="laico",
        heartbeat_quorum=False,
        heartbeat_notify="/usr/local/bin/tell --quiet",
        heartbeat_watch=[
            {"command": "/bin/first -a b", "interval": "500ms", "timeout": "0.4", "fall": 1},
            {"command": "/bin/second", "rise": 4},
        ],
    )
    read = lvs_cf.parse(text, "lvs.cf")
    assert read.needs_majority is False
    assert read.notify_command == ("/usr/local/bin/tell", "--quiet")
    assert read.watches == (
        Watch(("/bin/first", "-a", "b"), 0.5, 0.4, 1),
        Watch(("/bin/second",), rise=4),
    )
    assert set(read.groups) == {"192.0.2.146", "192.0.2.147"}


def test_ha_cf_says_what_the_variables_say() -> None:
    block = render("heartbeat", "ha.cf.j2", heartbeat_auto_failback="yes", heartbeat_udpport=695)
    read = ha_cf.parse(f"{block}node a b\nucast eth0 192.0.2.1\n", "ha.cf")
    assert (read.keepalive_s, read.warntime_s, read.deadtime_s, read.initdead_s) == (
        0.2,
        0.5,
        1,
        10,
    )
    assert read.is_auto_failback is True
    assert read.links[0].port == 695
    assert read.warnings == ()


def test_haresources_says_what_the_vips_say() -> None:
    found = cluster(SERVICES[:2])
    text = render("heartbeat", "haresources.j2", heartbeat__cluster=found)
    read = haresources.parse(text, "haresources", ["dir1", "dir2"])
    assert read.warnings == ()
    web, other = read.rows
    assert (web.node, web.name) == ("dir2", "192.0.2.146")
    assert [(a.address, a.prefix, a.interface) for a in web.addresses] == [
        ("192.0.2.146", 24, "eth0"),
        ("2001:db8::146", 64, "eth0"),
    ]
    assert [r.kind for r in web.resources] == ["ldirectord"]
    assert (other.node, other.resources) == ("dir1", ())
    assert other.addresses[0].interface == "eth0.100"


@pytest.mark.parametrize(("directors", "orders"), [(2, {}), (3, {"192.0.2.146", "192.0.2.147"})])
def test_lvs_cf_gives_the_order_only_where_haresources_cannot(directors: int, orders: Any) -> None:
    text = render(
        "heartbeat",
        "lvs.cf.j2",
        heartbeat__cluster=cluster([], directors),
        lvs_cluster_name="laico",
        heartbeat_standby="cold",
    )
    read = lvs_cf.parse(text, "lvs.cf")
    assert (read.cluster, read.standby) == ("laico", "cold")
    assert set(read.groups) == set(orders)
    if orders:
        assert read.groups["192.0.2.146"].order == ("dir2", "dir1", "dir3")


def test_lvs_cf_names_this_host_where_its_name_is_another() -> None:
    text = render(
        "heartbeat",
        "lvs.cf.j2",
        heartbeat__cluster=cluster([]),
        lvs_cluster_name="laico",
        heartbeat_standby="warm",
        lvs_node="NodeX",
    )
    assert lvs_cf.parse(text, "lvs.cf").node == "nodex"


@pytest.mark.parametrize(("send_id", "used"), [("", 10), ("2", 2)])
def test_authkeys_sends_with_the_numerically_highest(send_id: str, used: int) -> None:
    keys = [{"id": "2", "key": "k" * 20}, {"id": 10, "key": "x" * 20}]
    text = render(
        "heartbeat",
        "authkeys.j2",
        heartbeat_auth_keys=keys,
        heartbeat_auth_send_id=send_id,
    )
    variables = {"heartbeat_auth_keys": keys, "heartbeat_auth_send_id": send_id}
    assert wanted_text(Inventory({"dir1": variables}, {}), "dir1") == text
    read = authkeys.parse(text, "authkeys")
    assert read.auth.send_id == used
    assert set(read.auth.keys) == {2, 10}
    assert read.warnings == ()
