# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, names and ports."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.resolve import (
    resolve_address,
    resolve_port,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_addresses_are_made_canonical(text: str, address: str) -> None:
    assert resolve_address(text, "address") == address


def test_a_name_that_does_not_resolve_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^destination: web\.invalid is no address"):
        resolve_address("web.invalid", "destination")


def test_an_address_of_the_wrong_family() -> None:
    with pytest.raises(ConfigError, match="not an IPv6 address"):
        resolve_address("192.0.2.1", "address", 6)


def answers(*addresses: str) -> list[Any]:
    return [(socket.AF_INET, 1, 6, "", (address, 0)) for address in addresses]


def test_a_name_must_be_unambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    found = answers("192.0.2.1", "192.0.2.1")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest: found)
    assert resolve_address("web", "destination") == "192.0.2.1"
    found = answers("192.0.2.1", "192.0.2.2")
    with pytest.raises(ConfigError, match=r"web has several addresses \(192\.0\.2\.1, 192\.0\.2"):
        resolve_address("web", "destination")


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("65535", 65535)])
def test_ports(text: str, port: int) -> None:
    assert resolve_port(text, "port") == port


def test_a_service_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {("http", "tcp"): 80}
    monkeypatch.setattr(socket, "getservbyname", lambda *key: names[key])
    assert resolve_port("http", "port") == 80


@pytest.mark.parametrize("text", ["65536", "-1", "nosuchservice", "", "80x"])
def test_bad_ports(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^port: "):
        resolve_port(text, "port")
