# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What /proc, /sys and modprobe tell the doctor."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator

from ..core.doctor_facts import LOADABLE, LOADED, MISSING, Listener
from .modprobe import modprobe

_PROC_NET = "/proc/thread-self/net"
_IP_VS = f"{_PROC_NET}/ip_vs"
_LISTEN = {"tcp": "0A", "udp": "07"}
# In modprobe.d an `install` line with one of these forbids a module.
_FORBIDDEN = ("install /bin/false", "install /bin/true", "install /usr/bin/false")


def setting(path: str) -> int | None:
    """The number below /proc/sys, None where there is no such setting; raises OSError,
    ValueError."""
    try:
        with open(f"/proc/sys/{path}", encoding="ascii") as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def default_routes() -> frozenset[str]:
    """The interfaces of the IPv4 default routes of the main table; raises OSError."""
    rows = (line.split() for line in _lines("route")[1:])
    return frozenset(row[0] for row in rows if len(row) > 7 and row[1] == row[7] == "00000000")


def neighbours() -> dict[str, str]:
    """IPv4 address -> MAC of those that answered lately; raises OSError."""
    rows = (line.split() for line in _lines("arp")[1:])
    return {
        row[0]: row[3].lower() for row in rows if len(row) > 3 and row[3] != "00:00:00:00:00:00"
    }


def listeners() -> frozenset[Listener]:
    """The sockets of TCP and UDP that wait for clients; raises OSError, ValueError."""
    return frozenset(each for name in ("tcp", "udp") for each in _listeners(name))


def _listeners(protocol: str) -> Iterator[Listener]:
    for name in (protocol, f"{protocol}6"):
        try:
            lines = _lines(name)[1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for row in map(str.split, lines):
            if row[3] == _LISTEN[protocol]:
                address, port = row[1].split(":")
                yield Listener(protocol, _address(address), int(port, 16))


def _address(text: str) -> str:
    """/proc/net prints addresses as words in the host's byte order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    order = "<" if sys.byteorder == "little" else ">"
    packed = struct.pack(f"{order}{len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _lines(name: str) -> list[str]:
    with open(f"{_PROC_NET}/{name}", encoding="ascii", errors="replace") as file:
        return file.read().splitlines()


def module(name: str) -> str | None:
    """LOADED, LOADABLE or MISSING; None for a scheduler of a kernel whose modules are elsewhere (a
    container). Loads nothing; raises OSError where there is no modprobe."""
    if os.path.isdir(f"/sys/module/{name}") or (name == "ip_vs" and os.path.exists(_IP_VS)):
        return LOADED
    if not os.path.isdir(f"/lib/modules/{os.uname().release}"):
        return MISSING if name == "ip_vs" else None
    return _by_modprobe(name)


def _by_modprobe(name: str) -> str:
    done = modprobe("-n", "-v", name)
    is_forbidden = any(words in done.stdout for words in _FORBIDDEN)
    if done.returncode or is_forbidden:
        return MISSING
    # Of what is built in it says nothing to do.
    return LOADABLE if "insmod" in done.stdout else LOADED
