# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is and has, as preflight tells it: name, interfaces, addresses, programs."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import platform
import re
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from .programs import find_program, run_program

_SYS_NET = "/sys/class/net"
_INET = re.compile(r"^\d+:\s+(\S+)\s+inet6?\s+(\S+)")
_SIOCGIFFLAGS = 0x8913
_IFF_UP = 0x1


def read_node() -> str:
    """Return the host's name as heartbeat knows it (``uname -n``)."""
    return platform.node()


def list_interfaces() -> list[str]:
    """Return the names of the host's network interfaces."""
    return sorted(os.listdir(_SYS_NET))


def is_up(interface: str) -> bool:
    """Say whether the interface is set up (its carrier is another matter)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", interface.encode(), 0)
        try:
            answer = fcntl.ioctl(handle, _SIOCGIFFLAGS, request)
        except OSError:
            return False
    return bool(struct.unpack("16sH14x", answer)[1] & _IFF_UP)


def list_macs() -> dict[str, str]:
    """Return interface -> MAC (lower case)."""
    found = {}
    for name in list_interfaces():
        text = Path(_SYS_NET, name, "address")
        if text.exists():
            found[name] = text.read_text(encoding="ascii").strip().lower()
    return found


def list_addresses() -> dict[str, list[str]]:
    """Return interface -> its addresses with prefix, link-local ones last."""
    done = run_program([find_program("ip"), "-o", "addr", "show"])
    found: dict[str, list[str]] = {}
    for match in filter(None, map(_INET.match, done.stdout.splitlines())):
        address = match.group(2)
        found.setdefault(match.group(1), []).append(address if "/" in address else _whole(address))
    for addresses in found.values():
        addresses.sort(key=lambda text: ipaddress.ip_interface(text).is_link_local)
    return found


def _whole(address: str) -> str:
    return f"{address}/{ipaddress.ip_address(address).max_prefixlen}"


def list_missing_packages() -> list[str]:
    """Return the Debian and EPEL names of the packages a director still needs."""
    return [] if os.path.isabs(find_program("ipvsadm")) else ["ipvsadm"]


def find_running(names: Sequence[str]) -> list[str]:
    """Return those of the daemons that run in this network namespace, as a unit or as a process."""
    active = _active_units(names)
    processes = _process_names()
    return [
        name for name in names if name in active or name in processes or f"{name}d" in processes
    ]


def _active_units(names: Sequence[str]) -> list[str]:
    argv = [find_program("systemctl"), "is-active", *names]
    try:
        done = run_program(argv, timeout_s=30)
    except OSError:
        return []
    states = done.stdout.split()
    running = ("active", "activating", "reloading")
    return [name for name, state in zip(names, states) if state in running]


def _process_names() -> list[str]:
    own = os.readlink("/proc/self/ns/net")
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/net") == own:
                found.append(Path("/proc", pid, "comm").read_text(encoding="utf-8").strip())
        except OSError:
            continue
    return found
