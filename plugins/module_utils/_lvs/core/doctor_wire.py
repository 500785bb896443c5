# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else answers for the virtual addresses, by the MAC of the answer, and by name if known."""

from __future__ import annotations

from collections.abc import Iterator

from .doctor_facts import DIRECTOR, REALSERVER, Answer, Facts, Wanted
from .doctor_kinds import Finding


def judge_answers(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """A director that answers while this one does not hold the address is the holder, as it ought
    to be."""
    directors = {**_known_directors(wanted, facts), **_macs_of(wanted, DIRECTOR)}
    servers = {**_neighbours(wanted, facts), **_macs_of(wanted, REALSERVER)}
    for answer in sorted(set(facts.answers)):
        held = [h for h in facts.places(answer.address) if h.interface != "lo"]
        name = directors.get(answer.mac) or servers.get(answer.mac)
        who = f"{name} (MAC {answer.mac})" if name else f"the MAC {answer.mac}"
        if held:
            yield _held_twice(wanted, answer, who)
        elif answer.mac in directors:
            continue
        elif answer.mac in servers:
            yield _by_realserver(wanted, answer, who)
        else:
            yield _by_stranger(wanted, answer)


def _macs_of(wanted: Wanted, role: str) -> dict[str, str]:
    return {mac: peer.name for peer in wanted.peers if role in peer.roles for mac in peer.macs}


def _known_directors(wanted: Wanted, facts: Facts) -> dict[str, str]:
    """As the agent knows them, or knew them in its last life."""
    found = {mac: name for name, macs in facts.known_macs.items() for mac in macs}
    peers = facts.agent.peers if facts.agent else {}
    found.update({mac: name for name, peer in peers.items() for mac in peer.macs})
    return {mac: name for mac, name in found.items() if name != wanted.name}


def _neighbours(wanted: Wanted, facts: Facts) -> dict[str, str]:
    """The real servers by the kernel's neighbour table: a director asks them all the time."""
    servers = [server for service in wanted.services for server in service.servers]
    return {
        facts.neighbours[server.address]: server.name or server.address
        for server in servers
        if server.address in facts.neighbours
    }


def _held_twice(wanted: Wanted, answer: Answer, who: str) -> Finding:
    return Finding(
        "vip-held-twice",
        f"{wanted.name}: holds {answer.address}, and {who} answers for it too on "
        f"{answer.interface}: clients reach the one or the other.",
        "Take the address away there; on a real server set arp_ignore to 1.",
    )


def _by_realserver(wanted: Wanted, answer: Answer, who: str) -> Finding:
    return Finding(
        "vip-answered-by-realserver",
        f"{wanted.name}: the real server {who} answers for {answer.address} on "
        f"{answer.interface}, so that clients go past the directors.",
        "Set arp_ignore to 1 there (role realserver).",
    )


def _by_stranger(wanted: Wanted, answer: Answer) -> Finding:
    return Finding(
        "vip-answered-by-stranger",
        f"{wanted.name}: {answer.address} is answered for on {answer.interface} from the MAC "
        f"{answer.mac}, which is of no director that is known here.",
        "Find that host and take the address away there, or choose another virtual address.",
    )
