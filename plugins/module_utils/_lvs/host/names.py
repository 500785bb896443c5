# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and services by name, asked of the system when a configuration is loaded."""

from __future__ import annotations

import socket

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


class SystemNames:
    """Resolves as every program of this host does (nsswitch: files, DNS)."""

    def addresses(self, name: str, family: int) -> list[str]:
        """All addresses of ``name`` in family 4 or 6, [] when it has none."""
        try:
            found = socket.getaddrinfo(name, None, _FAMILIES[family], socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return []
        return sorted({str(each[4][0]) for each in found})

    def port(self, name: str, protocol: str) -> int | None:
        """The port of a service, None when there is no such name."""
        try:
            return socket.getservbyname(name, protocol)
        except OSError:
            return None
