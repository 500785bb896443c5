# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words that no committed file may hold: paths of a work place, secrets, foreign addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

# Written in pieces, so that this file passes its own test.
PLACES = (
    "/wo" + "rk/",
    "/fa" + "rm",
    "\\bfa" + "rm-[a-z]",
    "`iss" + "ues`",
    "\\biss" + "ues show\\b",
    "`dupl" + "icates`",
)
SECRETS = ("-----BEGIN [A-Z ]*PRIVATE" + " KEY",)
FORBIDDEN = re.compile("|".join((*PLACES, *SECRETS)))

IPV4 = re.compile(r"(?<![\w.-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.-])")
# Documentation ranges, what never leaves a host, multicast, and masks.
OWN_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "127.0.0.0/8",
        "0.0.0.0/8",
        "224.0.0.0/4",
        "255.0.0.0/8",
        "128.0.0.0/32",
    )
)


def _is_foreign(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not any(address in network for network in OWN_NETWORKS)


def faults(name: str, text: str) -> Iterator[str]:
    """One line for each word that must not be there: file, line, word."""
    for number, line in enumerate(text.splitlines(), 1):
        for match in FORBIDDEN.finditer(line):
            yield f"{name}:{number} holds {match.group(0)!r}"
        for match in IPV4.finditer(line):
            if _is_foreign(match.group(1)):
                yield f"{name}:{number} has the address {match.group(1)}; use a documentation range"
