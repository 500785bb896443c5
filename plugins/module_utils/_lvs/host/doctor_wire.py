# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks the wire who else has the virtual addresses, all of them at once."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Collection

from ..core.doctor_facts import Answer, Facts, Wanted
from ..core.events import WireAnswer
from .announce import WireSocket
from .arp_probe import PROBES, WAIT_AFTER_PROBE_S


def ask_all(wanted: Wanted, facts: Facts, unread: dict[str, str]) -> tuple[Answer, ...]:
    """Every answer of another host within 0.6 s; what cannot be asked is noted in ``unread``.

    Probes as RFC 5227 and RFC 4862 have them: no neighbour's cache learns anything.
    """
    asked: dict[tuple[str, int], set[str]] = {}
    for vip in wanted.vips:
        for interface in facts.lan_interfaces(vip):
            if interface in facts.links and facts.links[interface].is_up:
                asked.setdefault((interface, 6 if vip.is_v6 else 4), set()).add(vip.address)
    own_macs = frozenset(link.mac for link in facts.links.values())
    found: set[Answer] = set()
    with contextlib.ExitStack() as stack:
        sockets = []
        for (interface, family), addresses in asked.items():
            try:
                wire = WireSocket(interface, family, addresses)
            except OSError as error:
                unread[f"who answers for {', '.join(sorted(addresses))} on {interface}"] = (
                    error.strerror or str(error)
                )
                continue
            stack.callback(wire.close)
            sockets.append((wire, addresses))
        for dummy in range(PROBES if sockets else 0):
            _probe(sockets)
            _listen([wire for wire, _addresses in sockets], own_macs, found)
    return tuple(sorted(found))


def _probe(sockets: list[tuple[WireSocket, set[str]]]) -> None:
    for wire, addresses in sockets:
        for address in sorted(addresses):
            wire.probe(address)


def _listen(wires: list[WireSocket], own_macs: Collection[str], found: set[Answer]) -> None:
    deadline = time.monotonic() + WAIT_AFTER_PROBE_S
    while True:
        left_s = deadline - time.monotonic()
        ready = select.select(wires, [], [], left_s)[0] if left_s > 0 else []
        if not ready:
            return
        for wire in ready:
            for heard in wire.receive(own_macs):
                if isinstance(heard, WireAnswer):
                    found.add(Answer(heard.address, heard.mac, wire.interface))
