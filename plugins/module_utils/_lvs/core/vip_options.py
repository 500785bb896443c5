# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of vip_address as values. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError
from .plan_addresses import AddressKey

_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)(ms|s)?")
_MAX_COUNT = 100
_MAX_INTERVAL_S = 10.0


@dataclass(frozen=True)
class VipOptions:
    """``changes`` are the fields of ``HeldAddress`` that were given; ``is_persistent`` None means
    as it is."""

    key: AddressKey
    is_present: bool
    is_forced: bool
    changes: Mapping[str, Any]
    is_persistent: bool | None
    announce: str
    announce_count: int
    announce_interval_s: float
    has_probe: bool

    @property
    def is_on_loopback(self) -> bool:
        """Is there no LAN to ask or to tell?"""
        return self.key.interface == "lo"

    @classmethod
    def parse(cls, params: Mapping[str, Any]) -> VipOptions:
        """Raises ConfigError naming the option."""
        key = parse_key(params["address"], params["interface"])
        probe = params["probe"]
        count = params["announce_count"]
        if not 1 <= count <= _MAX_COUNT:
            raise ConfigError(f"announce_count: {count} is not within 1 and {_MAX_COUNT}.")
        return cls(
            key=key,
            is_present=params["state"] == "present",
            is_forced=bool(params["force"]),
            changes=_changes(params, key),
            is_persistent=params["persistent"],
            announce=params["announce"],
            announce_count=count,
            announce_interval_s=parse_interval_s(params["announce_interval"]),
            has_probe=key.interface != "lo" and (probe is None or bool(probe)),
        )


def parse_key(text: str, interface: str) -> AddressKey:
    """The key for ``192.0.2.146/24`` on an interface. Raises ConfigError."""
    address, slash, dummy = text.partition("/")
    if not slash:
        raise ConfigError(f"address: {text} has no prefix length: write {address}/24 or the like.")
    try:
        parsed = ipaddress.ip_interface(text)
    except ValueError as error:
        raise ConfigError(
            f"address: {text} is not an address with a prefix length, such as 192.0.2.146/24: "
            "correct it."
        ) from error
    if parsed.ip.is_multicast or parsed.ip.is_unspecified:
        raise ConfigError(
            f"address: {text} is none that a host can have: write one of its network."
        )
    return AddressKey(interface, str(parsed.ip), parsed.network.prefixlen)


def check_on_loopback(key: AddressKey) -> None:
    """Raise ConfigError where ``key`` would make a network of others local to this host."""
    interface = ipaddress.ip_interface(f"{key.address}/{key.prefix}")
    whole = interface.max_prefixlen
    if key.interface == "lo" and key.prefix < whole and not interface.is_loopback:
        raise ConfigError(
            f"address: {interface} on lo would make all of {interface.network} local to this host: "
            f"write {key.address}/{whole}."
        )


def parse_interval_s(text: str) -> float:
    """Seconds for ``200ms``, ``1s`` or ``1``. Raises ConfigError."""
    match = _INTERVAL.fullmatch(text.strip())
    seconds = float(match.group(1)) / (1000 if match.group(2) == "ms" else 1) if match else -1.0
    if not 0 < seconds <= _MAX_INTERVAL_S:
        raise ConfigError(
            f"announce_interval: {text} is not a time of at most {_MAX_INTERVAL_S:.0f} s, "
            "such as 200ms or 1."
        )
    return seconds


def _changes(params: Mapping[str, Any], key: AddressKey) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if params["label"] is not None:
        changes["label"] = "" if params["label"] == key.interface else params["label"]
    if params["scope"] is not None:
        changes["scope"] = params["scope"]
    if params["preferred_lft"] is not None:
        changes["preferred_s"] = 0 if params["preferred_lft"] == "0" else None
    if params["nodad"] is not None:
        changes["is_nodad"] = params["nodad"]
    return changes
