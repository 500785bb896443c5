# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a host's interfaces stands against direct routing: state, IPv6, rp_filter, MTU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .doctor_facts import Facts, Wanted, WantedVip
from .doctor_kinds import Finding

_STRICT = 1
_ETHERNET_MTU = 1500
# What an outer IP header costs (RFC 2003, RFC 2473).
_OVERHEAD_V4, _OVERHEAD_V6 = 20, 40


def judge_links(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """Findings about the interfaces that the virtual addresses are reached by."""
    for vip in wanted.vips:
        for interface in facts.lan_interfaces(vip):
            if interface not in facts.links:
                yield _missing(wanted, vip, interface, sorted(facts.links))
                continue
            yield from _judge_state(wanted, facts, vip, interface)
            if not vip.is_v6:
                yield from _judge_rp_filter(wanted, facts, vip, interface)
        yield from _judge_v6(wanted, facts, vip) if vip.is_v6 else []
        yield from _judge_mtus(wanted, facts, vip)
    yield from _judge_tunnels(wanted, facts)


def _missing(wanted: Wanted, vip: WantedVip, interface: str, there: list[str]) -> Finding:
    return Finding(
        "interface-missing",
        f"{wanted.name}: has no interface {interface} for {vip.address} (it has "
        f"{', '.join(there)}).",
        "Correct the interface in lvs_vips, or in haresources.",
    )


def _judge_state(wanted: Wanted, facts: Facts, vip: WantedVip, interface: str) -> Iterator[Finding]:
    if not facts.links[interface].is_up:
        yield Finding(
            "interface-down",
            f"{wanted.name}: {interface}, which {vip.address} is reached by, is down or has no "
            "carrier.",
            "Bring it up, or put the cable in.",
        )


def _judge_rp_filter(
    wanted: Wanted, facts: Facts, vip: WantedVip, interface: str
) -> Iterator[Finding]:
    """Strict mode drops what comes in where answers would not go out."""
    ways_out = facts.default_routes - {interface}
    is_elsewhere = bool(ways_out) and interface not in facts.default_routes
    if is_elsewhere and facts.setting("ipv4", interface, "rp_filter") == _STRICT:
        yield Finding(
            "rp-filter",
            f"{wanted.name}: rp_filter is 1 on {interface}, by which requests to {vip.address} "
            f"come, and the default route leaves by {', '.join(sorted(ways_out))}: requests from "
            "outside are dropped without a word.",
            f"Set net.ipv4.conf.all.rp_filter and net.ipv4.conf.{interface}.rp_filter to 2 or 0.",
        )


def _judge_v6(wanted: Wanted, facts: Facts, vip: WantedVip) -> Iterator[Finding]:
    names = set(facts.lan_interfaces(vip)) if wanted.is_director else {wanted.quiet_interface}
    for name in sorted(names & set(facts.links)):
        # Unlike ARP's settings, the interface's own value alone counts.
        if facts.settings.get(f"net/ipv6/conf/{name}/disable_ipv6", 1) != 0:
            yield Finding(
                "ipv6-off",
                f"{wanted.name}: IPv6 is switched off on {name} (or the kernel has none), so it "
                f"cannot have {vip.address}.",
                f"Set net.ipv6.conf.{name}.disable_ipv6 to 0.",
            )
    for held in facts.places(vip.address):
        if held.has_failed_dad:
            yield Finding(
                "dad-failed",
                f"{wanted.name}: another host had {vip.address} when it was added to "
                f"{held.interface}, so the kernel does not use it.",
                "Find that host and take the address away there, then add it here anew.",
            )


def _judge_mtus(wanted: Wanted, facts: Facts, vip: WantedVip) -> Iterator[Finding]:
    theirs = {
        peer.name: peer.mtus[vip.address] for peer in wanted.peers if vip.address in peer.mtus
    }
    for own in sorted(set(facts.mtus(vip))):
        yield from differing_mtus(wanted.name, vip.address, own, theirs)


def differing_mtus(
    name: str, address: str, own: int, theirs: Mapping[str, int]
) -> Iterator[Finding]:
    """Compare a host's MTU on the network of ``address`` with the others' (by their names)."""
    by_mtu: dict[int, list[str]] = {}
    for other, mtu in theirs.items():
        by_mtu.setdefault(mtu, []).append(other)
    by_mtu.pop(own, None)
    for mtu, names in sorted(by_mtu.items()):
        yield Finding(
            "mtu-differs",
            f"{name}: its MTU on the network of {address} is {own}, and that of "
            f"{', '.join(names)} is {mtu}: whole packets of the larger are lost at the smaller.",
            "Give all hosts of that network one MTU.",
        )


def _judge_tunnels(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    tunnels = [service for service in wanted.services if service.forward == "tunnel"]
    for service in tunnels if wanted.is_director else []:
        overhead = _OVERHEAD_V6 if ":" in service.vip else _OVERHEAD_V4
        needed = _ETHERNET_MTU + overhead
        for mtu in sorted(set(facts.mtus(WantedVip(service.vip)))):
            if mtu < needed:
                yield Finding(
                    "tunnel-mtu",
                    f"{wanted.name}: {service.vip} port {service.port} is forwarded by a tunnel, "
                    f"which makes each packet {overhead} bytes longer, and its MTU is {mtu}: "
                    f"whole packets of clients with an MTU of {_ETHERNET_MTU} do not fit.",
                    f"Give the LAN an MTU of {needed} or more, or have the real servers offer a "
                    "smaller MSS.",
                )
    yield from _judge_tunnel_device(wanted, facts) if tunnels and wanted.is_realserver else []


def _judge_tunnel_device(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    if "tunl0" in facts.links and facts.setting("ipv4", "tunl0", "rp_filter") == _STRICT:
        yield Finding(
            "rp-filter",
            f"{wanted.name}: rp_filter is 1 on tunl0, by which requests come, and no answer leaves "
            "by it: every request is dropped without a word.",
            "Set net.ipv4.conf.all.rp_filter and net.ipv4.conf.tunl0.rp_filter to 2 or 0.",
        )
