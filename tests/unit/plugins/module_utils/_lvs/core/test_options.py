# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module options to the planner's types and back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.options import (
    destination_changes,
    parse_netmask,
    service_changes,
    service_key,
    values_of_virtual,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.vip_options import (
    VipOptions,
    parse_interval_s,
    parse_key,
)

IDENTITY = {"fwmark": None, "family": None, "protocol": "tcp"}
SETTINGS = {
    "scheduler": None,
    "scheduler_flags": None,
    "persistence_timeout": None,
    "persistence_netmask": None,
    "persistence_engine": None,
    "one_packet": None,
}
DEST_SETTINGS = {
    "forward": None,
    "weight": None,
    "upper_threshold": None,
    "lower_threshold": None,
    "tunnel_type": None,
    "tunnel_port": None,
    "tunnel_flags": None,
}
VIP = {
    "address": "192.0.2.146/24",
    "interface": "eth0",
    "state": "present",
    "force": False,
    "label": None,
    "scope": None,
    "preferred_lft": None,
    "nodad": None,
    "persistent": None,
    "announce": "on_change",
    "announce_count": 5,
    "announce_interval": "200ms",
    "probe": None,
}
WEB = ServiceKey(4, "tcp", "192.0.2.146", 80)


def test_keys() -> None:
    assert service_key(IDENTITY, "192.0.2.146", 80) == WEB
    assert service_key({**IDENTITY, "fwmark": 7}, "", 0) == ServiceKey(4, fwmark=7)
    six = {**IDENTITY, "fwmark": 7, "family": "ipv6"}
    assert service_key(six, "", 0) == ServiceKey(6, fwmark=7)


@pytest.mark.parametrize(
    ("identity", "words"),
    [({"fwmark": 0}, "fwmark: 0"), ({"fwmark": 1 << 32}, "fwmark"), ({"family": "ipv6"}, "IPv4")],
)
def test_bad_keys(identity: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        service_key({**IDENTITY, **identity}, "192.0.2.146", 80)


def test_what_was_left_out_changes_nothing() -> None:
    assert service_changes(SETTINGS, WEB) == {}
    assert destination_changes(DEST_SETTINGS) == {}
    assert VipOptions.parse(VIP).changes == {}


def test_false_zero_and_empty_are_given_values() -> None:
    given = {
        "scheduler_flags": [],
        "persistence_timeout": 0,
        "persistence_engine": "",
        "one_packet": False,
    }
    assert service_changes({**SETTINGS, **given}, WEB) == {
        "scheduler_flags": 0,
        "persistence_timeout_s": None,
        "persistence_engine": "",
        "one_packet": False,
    }
    assert destination_changes({**DEST_SETTINGS, "weight": 0, "tunnel_flags": "nocsum"}) == {
        "weight": 0,
        "tunnel_flags": 0,
    }


@pytest.mark.parametrize(
    ("text", "family", "prefix"),
    [
        ("255.255.255.0", 4, 24),
        ("24", 4, 24),
        ("/16", 4, 16),
        ("255.255.255.255", 4, None),
        ("64", 6, 64),
        ("128", 6, None),
    ],
)
def test_netmasks(text: str, family: int, prefix: int | None) -> None:
    assert parse_netmask(text, family) == prefix


@pytest.mark.parametrize(
    ("text", "family"),
    [("33", 4), ("0", 4), ("255.0.255.0", 4), ("x", 4), ("255.255.0.0", 6), ("129", 6)],
)
def test_bad_netmasks(text: str, family: int) -> None:
    with pytest.raises(ConfigError, match="persistence_netmask"):
        parse_netmask(text, family)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"persistence_timeout": -1}, "persistence_timeout: -1"),
        ({"persistence_timeout": 2678401}, "persistence_timeout"),
    ],
)
def test_bad_service_settings(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        service_changes({**SETTINGS, **settings}, WEB)


@pytest.mark.parametrize(
    "settings", [{"upper_threshold": -1}, {"lower_threshold": 1 << 32}, {"tunnel_port": 65536}]
)
def test_bad_destination_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        destination_changes({**DEST_SETTINGS, **settings})


def test_values_can_be_given_back_as_options() -> None:
    key = ServiceKey(4, "udp", "192.0.2.146", 53)
    service = Service(key, "mh", 0x18, 60, 24, "sip", True)
    dest = Destination(DestKey("192.0.2.2", 53), "tunnel", 3, 10, 5, "gue", 6080, 1)
    values = values_of_virtual(VirtualService(service, {dest.key: dest}))
    (row,) = values["destinations"]
    given = {name: values[name] for name in SETTINGS}
    given["persistence_netmask"] = str(given["persistence_netmask"])
    assert Service(key, **service_changes(given, key)) == service
    changes = destination_changes({name: row[name] for name in DEST_SETTINGS})
    assert Destination(dest.key, **changes) == dest


def test_vip_options() -> None:
    options = VipOptions.parse({**VIP, "label": "eth0", "preferred_lft": "0", "nodad": True})
    assert options.key == ("eth0", "192.0.2.146", 24)
    assert options.changes == {"label": "", "preferred_s": 0, "is_nodad": True}
    assert options.has_probe
    assert not VipOptions.parse({**VIP, "interface": "lo", "probe": True}).has_probe
    assert not VipOptions.parse({**VIP, "probe": False}).has_probe


@pytest.mark.parametrize("text", ["192.0.2.146", "192.0.2.300/24", "192.0.2.1/33", "x/24", "/24"])
def test_bad_addresses(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^address: "):
        parse_key(text, "eth0")


def test_addresses_are_canonical() -> None:
    assert parse_key("2001:DB8:0::1/64", "eth0").address == "2001:db8::1"


@pytest.mark.parametrize(("text", "seconds"), [("200ms", 0.2), ("1", 1.0), ("1.5s", 1.5)])
def test_intervals(text: str, seconds: float) -> None:
    assert parse_interval_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "0", "11", "-1", "1m", "1h"])
def test_bad_intervals(text: str) -> None:
    with pytest.raises(ConfigError, match="announce_interval"):
        parse_interval_s(text)


@pytest.mark.parametrize("count", [0, 101])
def test_bad_counts(count: int) -> None:
    with pytest.raises(ConfigError, match="announce_count"):
        VipOptions.parse({**VIP, "announce_count": count})
