# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a real server makes clients lose it, or makes it answer for the virtual addresses."""

from __future__ import annotations

from collections.abc import Iterator

from .doctor_facts import Facts, Wanted, WantedService, WantedVip
from .doctor_kinds import Finding

# net.ipv4.conf.*.arp_ignore (ip-sysctl.rst): 1 and 2 answer for the addresses of the interface
# alone, 3 still for those of scope global elsewhere, 8 for none at all; 4 to 7 do nothing.
QUIET_ARP_IGNORE = (1, 2)
QUIET_ARP_ANNOUNCE = 2
_ANY = {"0.0.0.0", "::"}


def judge_realserver(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """Findings of a host that serves."""
    for vip in wanted.vips:
        yield from _judge_places(wanted, facts, vip)
        if not vip.is_v6:
            yield from judge_arp(wanted, facts, vip)
    for service in wanted.services:
        yield from _judge_listener(wanted, facts, service)


def _judge_places(wanted: Wanted, facts: Facts, vip: WantedVip) -> Iterator[Finding]:
    quiet, whole = wanted.quiet_interface, 128 if vip.is_v6 else 32
    places = facts.places(vip.address)
    here = [held for held in places if held.interface == quiet]
    elsewhere = [held for held in places if held.interface not in (quiet, "lo")]
    for held in here:
        if held.prefix != whole:
            yield Finding(
                "vip-too-wide",
                f"{wanted.name}: has {vip.address}/{held.prefix} on {quiet}, a whole network "
                "instead of one address, so that it reaches no other host of it.",
                f"Run `ip address del {vip.address}/{held.prefix} dev {quiet}` and add it as "
                f"{vip.address}/{whole}.",
            )
    if not places:
        yield Finding(
            "vip-missing",
            f"{wanted.name}: lacks the virtual address {vip.address} on {quiet}, "
            "so it drops what the directors send it.",
            f"Run the role realserver, or `ip address add {vip.address}/{whole} dev {quiet}`.",
        )
    for held in [] if wanted.is_director else elsewhere:
        yield Finding(
            "vip-on-lan",
            f"{wanted.name}: has the virtual address {vip.address} on {held.interface}, where it "
            "answers for it.",
            f"Run `ip address del {vip.address}/{held.prefix} dev {held.interface}`; a real "
            f"server has it on {quiet}.",
        )


def judge_arp(wanted: Wanted, facts: Facts, vip: WantedVip) -> Iterator[Finding]:
    """Whether the host keeps quiet about the address of ``lo`` on the interfaces of the LAN."""
    when = "" if facts.places(vip.address) else " before the address is added"
    for interface in facts.lan_interfaces(vip):
        ignore = facts.setting("ipv4", interface, "arp_ignore")
        announce = facts.setting("ipv4", interface, "arp_announce")
        if ignore is not None and ignore not in QUIET_ARP_IGNORE:
            effect = (
                "answers ARP for no address at all"
                if ignore == 8
                else f"answers ARP for {vip.address} though it does not hold it"
            )
            yield Finding(
                "arp-ignore",
                f"{wanted.name}: arp_ignore is {ignore} on {interface} (the larger of all and "
                f"{interface} counts), so it {effect}.",
                f"Set net.ipv4.conf.all.arp_ignore and net.ipv4.conf.{interface}.arp_ignore to 1"
                f"{when}.",
            )
        if announce is not None and announce < QUIET_ARP_ANNOUNCE:
            yield Finding(
                "arp-announce",
                f"{wanted.name}: arp_announce is {announce} on {interface} (the larger of all and "
                f"{interface} counts), so its own ARP requests may tell others that it has "
                f"{vip.address}.",
                f"Set net.ipv4.conf.all.arp_announce to 2{when}.",
            )


def _judge_listener(wanted: Wanted, facts: Facts, service: WantedService) -> Iterator[Finding]:
    """Direct routing and tunnels leave the port as it is."""
    if facts.listeners is None or service.protocol not in ("tcp", "udp"):
        return
    if service.forward == "masquerade" or not _is_served_here(facts, service):
        return
    same = {
        each.address
        for each in facts.listeners
        if (each.protocol, each.port) == (service.protocol, service.port)
    }
    any_address = _ANY - ({"0.0.0.0"} if ":" in service.vip else set())
    if same & {service.vip, *any_address}:
        return
    where = f" (only on {', '.join(sorted(same))})" if same else ""
    yield Finding(
        "nothing-listens",
        f"{wanted.name}: nothing listens on {service.protocol} port {service.port} of "
        f"{service.vip}{where}, and the directors cannot change the port.",
        f"Have the service listen on {service.vip} or on all addresses, port {service.port}.",
    )


def _is_served_here(facts: Facts, service: WantedService) -> bool:
    """A service that lists its servers is this host's business only if it is one of them."""
    own = {held.address for held in facts.addresses}
    return not service.servers or any(each.address in own for each in service.servers)
