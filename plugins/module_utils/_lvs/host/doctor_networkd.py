# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which interfaces systemd-networkd runs, by which file, and what that says of foreign addresses.

/run/systemd/netif/links is what networkctl and sd-network(3) read.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

from ..core.doctor_facts import Managed

_LINKS = "run/systemd/netif/links"
_DIRECTORIES = (
    "usr/lib/systemd/network",
    "usr/local/lib/systemd/network",
    "run/systemd/network",
    "etc/systemd/network",
)


def managed(root: str, interfaces: Iterable[str]) -> dict[str, Managed]:
    """Those of the interfaces that have a .network file in use; raises OSError."""
    found = {}
    for name in interfaces:
        file = _file_of(root, name)
        if file:
            found[name] = Managed(file, _keep(root, file))
    return found


def _file_of(root: str, interface: str) -> str:
    try:
        index = socket.if_nametoindex(interface)
        lines = _lines(os.path.join(root, _LINKS, str(index)))
    except OSError:  # no such interface, or networkd has never run
        return ""
    values = dict(line.partition("=")[::2] for line in lines if "=" in line)
    return "" if values.get("ADMIN_STATE") == "unmanaged" else values.get("NETWORK_FILE", "")


def _keep(root: str, file: str) -> str:
    """The last KeepConfiguration= of the file and its drop-ins, as systemd.unit(5) joins them."""
    name = f"{os.path.basename(file)}.d"
    parts: dict[str, str] = {}
    for directory in _DIRECTORIES:
        folder = os.path.join(root, directory, name)
        if os.path.isdir(folder):
            parts.update({each: folder for each in os.listdir(folder) if each.endswith(".conf")})
    paths = [os.path.join(root, file.lstrip("/"))]
    paths += [os.path.join(parts[each], each) for each in sorted(parts)]
    keep = ""
    for path in paths:
        keep = _keep_of(_lines(path), keep)
    return keep


def _keep_of(lines: list[str], keep: str) -> str:
    section = ""
    for line in map(str.strip, lines):
        if line.startswith("["):
            section = line
        key, _equals, value = line.partition("=")
        if section == "[Network]" and key.strip() == "KeepConfiguration":
            keep = value.strip()
    return keep


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()
