# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking the LAN who has an address before taking it, and telling it afterwards.

RFC 5227 section 2.1 (ARP) and RFC 4862 section 5.4 (IPv6), with short waits: an operator waits.
"""

from __future__ import annotations

import select
import time

from ..core.errors import KernelError
from ..core.events import WireAnswer
from .announce import WireSocket

PROBES = 3
WAIT_AFTER_PROBE_S = 0.2


def find_holder(interface: str, address: str, own_macs: frozenset[str]) -> str | None:
    """The MAC of another host that answers for ``address`` on ``interface``, None when none does.

    Waits at most 0.6 s. Raises KernelError when the interface cannot be asked.
    """
    wire = _open(interface, address)
    try:
        for dummy in range(PROBES):
            wire.probe(address)
            holder = _wait_for_answer(wire, own_macs)
            if holder is not None:
                return holder
    finally:
        wire.close()
    return None


def announce(interface: str, address: str, count: int, interval_s: float) -> None:
    """Say ``count`` times, ``interval_s`` apart, that ``address`` is at this interface."""
    wire = _open(interface, address)
    try:
        for number in range(count):
            if number:
                time.sleep(interval_s)
            wire.announce(address)
    finally:
        wire.close()


def _open(interface: str, address: str) -> WireSocket:
    try:
        return WireSocket(interface, 6 if ":" in address else 4, [address])
    except OSError as error:
        raise KernelError(
            f"{interface} cannot be asked who has {address}: {error.strerror} "
            "(this needs root or CAP_NET_RAW).",
            error.errno or 0,
        ) from error


def _wait_for_answer(wire: WireSocket, own_macs: frozenset[str]) -> str | None:
    deadline = time.monotonic() + WAIT_AFTER_PROBE_S
    while True:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not select.select([wire], [], [], left_s)[0]:
            return None
        for heard in wire.receive(own_macs):
            if isinstance(heard, WireAnswer):
                return heard.mac
