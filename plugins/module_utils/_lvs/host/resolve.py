# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and numbers of hosts and ports, as an operator may write them."""

from __future__ import annotations

import socket

from ..core.errors import ConfigError, NotYetError

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


class HostNames:
    """Names of addresses and ports, each looked up once: within a run it means one address."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._addresses: dict[tuple[str, str | None], str] = {}

    def address(self, text: str, where: str, family: str | None) -> str:
        """As ``resolve_address``; ``family`` is ipv4, ipv6 or None."""
        known = self._addresses.get((text, family))
        if known is None:
            number = int(family[-1]) if family else None
            known = resolve_address(text, where, number)
            self._addresses[text, family] = known
        return known

    def port(self, text: str, where: str, protocol: str) -> int:
        """As ``resolve_port``."""
        return resolve_port(text, where, protocol)


def resolve_address(text: str, where: str, family: int | None = None) -> str:
    """The canonical address for ``text``, an address or a name that has exactly one.

    ``family`` is 4, 6 or None for either; ``where`` begins the sentence of the ConfigError
    (NotYetError for a name that does not resolve).
    """
    bare = text.strip().strip("[]")
    version = 6 if ":" in bare else 4
    try:
        packed = socket.inet_pton(_FAMILIES[version], bare)
    except (OSError, ValueError):
        return _look_up(bare, where, family)
    if family is not None and version != family:
        raise ConfigError(f"{where}: {text} is not an IPv{family} address.")
    return socket.inet_ntop(_FAMILIES[version], packed)


def _look_up(name: str, where: str, family: int | None) -> str:
    wanted = _FAMILIES[family] if family else socket.AF_UNSPEC
    try:
        answers = socket.getaddrinfo(name, None, wanted, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotYetError(
            f"{where}: {name} is no address and does not resolve: write its address, "
            "or put it into /etc/hosts."
        ) from error
    found = sorted({str(answer[4][0]) for answer in answers})
    if len(found) > 1:
        raise ConfigError(
            f"{where}: {name} has several addresses ({', '.join(found)}): write the one you mean."
        )
    return found[0]


def resolve_port(text: str, where: str, protocol: str = "tcp") -> int:
    """The port for a number within 0 and 65535 or a name of /etc/services."""
    if text.isdigit():
        port = int(text)
        if port <= 65535:
            return port
        raise ConfigError(f"{where}: port {text} is above 65535.")
    try:
        return socket.getservbyname(text, protocol)
    except OSError as error:
        raise ConfigError(
            f"{where}: {text} is no {protocol} port that /etc/services knows: write its number."
        ) from error
