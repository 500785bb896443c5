# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges and taps. Everything here runs inside the lab's namespace."""

from __future__ import annotations

import socket

from pyroute2 import IPRoute

from lab.topology import Host, Network, Topology


def build_network(topology: Topology, links_down: list[str]) -> None:
    """Make what is missing of bridges, the client's addresses and taps; leave what is there."""
    with IPRoute() as route:
        have = {link.get_attr("IFLA_IFNAME"): link["index"] for link in route.get_links()}
        route.link("set", index=have["lo"], state="up")
        for network in topology.networks:
            if network.name not in have:
                have[network.name] = _make_bridge(route, network)
        _add_client(route, topology, have)
        for host in topology.hosts:
            _add_taps(route, host, have, links_down)


def _make_bridge(route: IPRoute, network: Network) -> int:
    # Snooping would eat multicast heartbeats: no router asks for members here. A fixed hardware
    # address, for a bridge otherwise takes one of its taps'.
    route.link(
        "add", ifname=network.name, kind="bridge", address=network.mac, br_mcast_snooping=0,
        br_forward_delay=0,
    )  # fmt: skip
    index = _index(route, network.name)
    route.link("set", index=index, state="up")
    return index


def _index(route: IPRoute, name: str) -> int:
    indexes: list[int] = route.link_lookup(ifname=name)
    return indexes[0]


def _add_client(route: IPRoute, topology: Topology, have: dict[str, int]) -> None:
    for network, address in topology.client:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        if not list(route.get_addr(index=have[network], family=family, address=str(address.ip))):
            options = {} if address.version == 4 else {"flags": 0x02}  # IFA_F_NODAD
            route.addr(
                "add", index=have[network], address=str(address.ip),
                prefixlen=address.network.prefixlen, **options,
            )  # fmt: skip


def _add_taps(route: IPRoute, host: Host, have: dict[str, int], links_down: list[str]) -> None:
    for nic in host.nics:
        if nic.tap not in have:
            route.link("add", ifname=nic.tap, kind="tuntap", mode="tap")
            have[nic.tap] = _index(route, nic.tap)
        state = "down" if nic.tap in links_down else "up"
        route.link("set", index=have[nic.tap], master=have[nic.network], state=state)


def set_link(tap: str, *, is_up: bool) -> None:
    """Plug or unplug a host's cable."""
    with IPRoute() as route:
        route.link("set", index=_index(route, tap), state="up" if is_up else "down")


def held_taps(taps: list[str]) -> list[str]:
    """Those taps that a process still has open."""
    with IPRoute() as route:
        links = {link.get_attr("IFLA_IFNAME"): link for link in route.get_links()}
    lower_up = 0x10000  # IFF_LOWER_UP of linux/if.h: a tap has a carrier while a process holds it
    return [tap for tap in taps if tap in links and links[tap]["flags"] & lower_up]
