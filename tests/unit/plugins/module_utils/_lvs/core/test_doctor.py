# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor makes of facts: sound hosts have no finding, each fault just its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import doctor_facts as df
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.doctor import judge
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.doctor_kinds import KINDS
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.doctor_options import (
    host_values,
    peers_of,
    services_of,
    vips_of,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import HeldAddress

VIP = df.WantedVip("192.0.2.146")
VIP6 = df.WantedVip("2001:db8::146")
WEB = df.WantedService(VIP.address, 80, scheduler="rr", servers=(df.WantedServer("192.0.2.2", 80),))
OWN = HeldAddress("eth0", "192.0.2.2", 24)
ON_LO = HeldAddress("lo", VIP.address, 32)
CONF = "net/ipv4/conf"
SERVER = df.Wanted("web1", frozenset({"realserver"}), (VIP,), (WEB,))
SERVER_FACTS = df.Facts(
    links={"lo": df.Link(mtu=65536), "eth0": df.Link("02:00:00:00:00:02")},
    addresses=(OWN, ON_LO),
    settings={f"{CONF}/all/arp_ignore": 1, f"{CONF}/eth0/arp_announce": 2},
    default_routes=frozenset({"eth0"}),
    listeners=frozenset({df.Listener("tcp", "0.0.0.0", 80)}),
)
DIRECTOR = df.Wanted("lb1", frozenset({"director"}), (df.WantedVip(VIP.address, "eth0"),), (WEB,))
DIRECTOR_FACTS = replace(
    SERVER_FACTS,
    addresses=(replace(OWN, address="192.0.2.11"),),
    modules={"ip_vs": df.LOADED, "ip_vs_rr": df.LOADED},
    listeners=None,
    agent=df.Agent(peers={"lb2": df.AgentPeer(("02:00:00:00:00:12",), True)}),
    neighbours={"192.0.2.2": "02:00:00:00:00:02"},
)


def ids(wanted: df.Wanted, facts: df.Facts) -> list[str]:
    return [finding.id for finding in judge(wanted, facts)]


def test_sound_hosts_have_no_finding() -> None:
    assert ids(SERVER, SERVER_FACTS) == []
    assert ids(DIRECTOR, DIRECTOR_FACTS) == []


def test_heartbeat_alone_needs_no_ipvs() -> None:
    alone = replace(DIRECTOR, services=())
    assert ids(alone, replace(DIRECTOR_FACTS, modules={"ip_vs": df.MISSING})) == []


def test_a_host_that_is_both_may_hold_the_address() -> None:
    wanted = replace(SERVER, roles=frozenset({"director", "realserver"}))
    facts = replace(SERVER_FACTS, addresses=(OWN, HeldAddress("eth0", VIP.address, 24)))
    assert ids(wanted, facts) == []


@pytest.mark.parametrize(("ignore", "is_quiet"), list(enumerate([0, 1, 1, 0, 0, 0, 0, 0, 0])))
def test_the_values_of_arp_ignore(ignore: int, is_quiet: int) -> None:
    settings = {**SERVER_FACTS.settings, f"{CONF}/eth0/arp_ignore": ignore}
    settings[f"{CONF}/all/arp_ignore"] = 0
    assert (ids(SERVER, replace(SERVER_FACTS, settings=settings)) == []) is bool(is_quiet)


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        ((OWN,), ["vip-missing"]),
        ((OWN, replace(ON_LO, prefix=24)), ["vip-too-wide"]),
        ((OWN, ON_LO, HeldAddress("eth0", VIP.address, 32)), ["vip-on-lan"]),
        ((OWN, HeldAddress("eth0", VIP.address, 32)), ["vip-on-lan"]),
    ],
)
def test_where_a_real_server_has_the_address(
    addresses: tuple[HeldAddress, ...], found: list[str]
) -> None:
    assert ids(SERVER, replace(SERVER_FACTS, addresses=addresses)) == found


@pytest.mark.parametrize(
    ("listener", "is_served"),
    [
        (df.Listener("tcp", "::", 80), True),
        (df.Listener("tcp", VIP.address, 80), True),
        (df.Listener("tcp", "192.0.2.2", 80), False),
        (df.Listener("tcp", "0.0.0.0", 8080), False),
        (df.Listener("udp", "0.0.0.0", 80), False),
    ],
)
def test_who_serves_the_address(listener: df.Listener, is_served: bool) -> None:
    facts = replace(SERVER_FACTS, listeners=frozenset({listener}))
    assert ids(SERVER, facts) == ([] if is_served else ["nothing-listens"])
    foreign = replace(WEB, servers=(df.WantedServer("192.0.2.3", 80),))
    assert ids(replace(SERVER, services=(foreign,)), facts) == [], "it is not one of the servers"


def test_an_ipv6_service_is_not_served_by_an_ipv4_socket() -> None:
    wanted = replace(SERVER, services=(df.WantedService(VIP6.address, 80),))
    assert ids(wanted, SERVER_FACTS) == ["nothing-listens"]


def faulty(**changes: Any) -> df.Facts:
    return replace(DIRECTOR_FACTS, **changes)


STRANGER = "02:00:00:00:00:99"
DIRECTOR_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no IPVS": ({"modules": {"ip_vs": df.MISSING, "ip_vs_rr": df.MISSING}}, "ipvs-missing"),
    "not loaded": ({"modules": {"ip_vs": df.LOADABLE}}, "ipvs-not-loaded"),
    "no scheduler": (
        {"modules": {"ip_vs": df.LOADED, "ip_vs_rr": df.MISSING}},
        "scheduler-missing",
    ),
    "networkd": ({"managed": {"eth0": df.Managed("/run/x.network")}}, "networkd-drops-addresses"),
    "networkd keeps what is static": (
        {"managed": {"eth0": df.Managed("/run/x.network", "static")}},
        "networkd-drops-addresses",
    ),
    "a dead agent": ({"agent": df.Agent(error="it does not answer")}, "agent-silent"),
    "another configuration": (
        {"agent": df.Agent(peers={"lb2": df.AgentPeer((), False)})},
        "config-differs",
    ),
    "a silent link": (
        {"agent": df.Agent(peers={"lb2": df.AgentPeer((), True, ("ucast:eth1",))})},
        "link-silent",
    ),
    "a stranger": (
        {"answers": (df.Answer(VIP.address, STRANGER, "eth0"),)},
        "vip-answered-by-stranger",
    ),
    "a real server": (
        {"answers": (df.Answer(VIP.address, "02:00:00:00:00:02", "eth0"),)},
        "vip-answered-by-realserver",
    ),
    "strict": (
        {
            "default_routes": frozenset({"eth1"}),
            "settings": {**DIRECTOR_FACTS.settings, f"{CONF}/all/rp_filter": 1},
        },
        "rp-filter",
    ),
    "no interface": ({"links": {"lo": df.Link()}}, "interface-missing"),
    "down": ({"links": {"eth0": df.Link(is_up=False)}}, "interface-down"),
    "unread": ({"unread": {"/proc/net/arp": "Permission denied"}}, "unreadable"),
}


@pytest.mark.parametrize("name", DIRECTOR_FAULTS)
def test_each_fault_of_a_director_is_found_alone(name: str) -> None:
    changes, found = DIRECTOR_FAULTS[name]
    assert ids(DIRECTOR, faulty(**changes)) == [found]


@pytest.mark.parametrize("keep", ["yes", "true", "1"])
def test_networkd_that_keeps_all_is_sound(keep: str) -> None:
    assert ids(DIRECTOR, faulty(managed={"eth0": df.Managed("/run/x.network", keep)})) == []


def test_the_other_director_may_have_the_address_but_not_at_the_same_time() -> None:
    answers = (df.Answer(VIP.address, "02:00:00:00:00:12", "eth0"),)
    assert ids(DIRECTOR, faulty(answers=answers)) == []
    held = (*DIRECTOR_FACTS.addresses, HeldAddress("eth0", VIP.address, 24))
    (finding,) = judge(DIRECTOR, faulty(answers=answers, addresses=held))
    assert finding.id == "vip-held-twice"
    assert "lb2 (MAC 02:00:00:00:00:12)" in finding.sentence


def test_a_peer_that_is_given_has_a_name() -> None:
    peers = peers_of([{"name": "web7", "roles": ["realserver"], "macs": [STRANGER.upper()]}], "lb1")
    facts = faulty(answers=(df.Answer(VIP.address, STRANGER, "eth0"),))
    (finding,) = judge(replace(DIRECTOR, peers=peers), facts)
    assert finding.id == "vip-answered-by-realserver"
    assert "web7" in finding.sentence


def test_mtus_are_compared_once_for_each_other_mtu() -> None:
    told = [{"name": name, "mtus": {VIP.address: mtu}} for name, mtu in (("a", 1500), ("b", 9000))]
    wanted = replace(
        DIRECTOR, peers=peers_of([*told, {"name": "c", "mtus": {VIP.address: 9000}}], "x")
    )
    (finding,) = judge(wanted, DIRECTOR_FACTS)
    assert finding.id == "mtu-differs"
    assert "that of b, c is 9000" in finding.sentence


def test_a_tunnel_needs_room() -> None:
    wanted = replace(DIRECTOR, services=(replace(WEB, forward="tunnel"),))
    assert ids(wanted, DIRECTOR_FACTS) == ["tunnel-mtu"]
    roomy = {"lo": df.Link(), "eth0": df.Link(mtu=1520)}
    assert ids(wanted, faulty(links=roomy)) == []


def test_a_port_can_only_be_changed_by_masquerading() -> None:
    other = replace(WEB, servers=(df.WantedServer("192.0.2.2", 8080),))
    assert ids(replace(DIRECTOR, services=(other,)), DIRECTOR_FACTS) == ["port-differs"]
    masquerade = replace(other, forward="masquerade")
    assert ids(replace(DIRECTOR, services=(masquerade,)), DIRECTOR_FACTS) == []


def test_ipv6_on_a_real_server() -> None:
    wanted = replace(SERVER, vips=(VIP6,), services=())
    held = replace(SERVER_FACTS, addresses=(OWN, HeldAddress("lo", VIP6.address, 128)))
    assert ids(wanted, held) == ["ipv6-off"]
    on = {**SERVER_FACTS.settings, "net/ipv6/conf/lo/disable_ipv6": 0}
    assert ids(wanted, replace(held, settings=on)) == []
    (twice,) = replace(held, settings=on).places(VIP6.address)
    doubtful = replace(held, settings=on, addresses=(OWN, replace(twice, has_failed_dad=True)))
    assert ids(wanted, doubtful) == ["dad-failed"]


def test_the_worst_comes_first_and_nothing_twice() -> None:
    settings = {"net/ipv4/vs/conn_reuse_mode": 0, "net/ipv4/vs/expire_nodest_conn": 0}
    settings[f"{CONF}/eth0/promote_secondaries"] = 0
    facts = faulty(settings=settings, modules={"ip_vs": df.MISSING}, agent=None)
    wanted = replace(DIRECTOR, vips=DIRECTOR.vips * 2)
    found = judge(wanted, facts)
    assert [each.id for each in found] == [
        "ipvs-missing",
        "promote-secondaries",
        "conn-reuse-mode",
        "expire-nodest-conn",
    ]
    assert found[0].values()["page"] == "docs/reference/findings.md#ipvs-missing"
    assert all(each.kind == KINDS[each.id] for each in found)


def test_every_sentence_names_the_host_and_ends() -> None:
    for changes, _found in DIRECTOR_FAULTS.values():
        for finding in judge(DIRECTOR, faulty(**changes)):
            assert finding.sentence.startswith("lb1: ")
            assert finding.sentence.endswith(".")
            assert finding.cure.endswith(".")


def test_options_become_what_is_wanted() -> None:
    assert vips_of([{"address": "192.0.2.146/24", "interface": "eth0", "group": "x"}], True) == (
        df.WantedVip("192.0.2.146", "eth0"),
    )
    assert vips_of([{"address": "192.0.2.146/24", "interface": "eth0"}], False) == (VIP,)
    names = {"web1": ["192.0.2.2"]}
    servers = ["web1", "gone", {"address": "192.0.2.3", "port": 81, "name": "web2"}]
    (service,) = services_of(
        [{"vip": VIP.address, "port": "80", "real_servers": servers, "check": {}}],
        lambda name: names.get(name, []),
    )
    assert service.servers == (
        df.WantedServer("192.0.2.2", 80, "web1"),
        df.WantedServer("192.0.2.3", 81, "web2"),
    )


@pytest.mark.parametrize(
    ("services", "start"),
    [
        ([{"vip": VIP.address}], "services[0].port: None"),
        ([{"vip": VIP.address, "port": 80}, {"vip": "web", "port": 80}], "services[1].vip: 'web'"),
        ([{"vip": VIP.address, "port": 65536}], "services[0].port: 65536"),
    ],
)
def test_an_option_that_cannot_be_right_is_named(
    services: list[dict[str, Any]], start: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        services_of(services, lambda dummy: [])
    assert str(caught.value).startswith(start)


def test_what_a_host_tells_of_itself_is_what_others_take() -> None:
    told = host_values(SERVER, SERVER_FACTS)
    assert told["mtus"] == {VIP.address: 1500}
    (peer,) = peers_of([told], "lb1")
    assert peer == df.Peer(
        "web1", frozenset({"realserver"}), ("02:00:00:00:00:02",), {VIP.address: 1500}
    )
    assert peers_of([told], "web1") == ()
