# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that go together, and those that are refused with one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_rules import (
    check_destination,
    check_service,
    settle_destination,
)

WEB = ServiceKey(4, "tcp", "192.0.2.146", 80)
ALL_PORTS = ServiceKey(4, "tcp", "192.0.2.146", 0)
MARK = ServiceKey(4, fwmark=7)
ONE = DestKey("192.0.2.2", 80)


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (Service(WEB, one_packet=True), "one_packet works on UDP"),
        (Service(ServiceKey(4, "sctp", "192.0.2.146", 80), one_packet=True), "works on UDP"),
        (Service(WEB, persistence_netmask=24), "persistence_netmask needs"),
        (Service(WEB, persistence_engine="sip"), "persistence_engine needs"),
        (Service(ALL_PORTS), "port 0"),
    ],
)
def test_contradictions_of_services(service: Service, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_service(service)


@pytest.mark.parametrize(
    "service",
    [
        Service(WEB),
        Service(MARK, one_packet=True),
        Service(MARK),
        Service(ALL_PORTS, persistence_timeout_s=1),
        Service(WEB, persistence_timeout_s=1, persistence_netmask=8, persistence_engine="sip"),
    ],
)
def test_sound_services(service: Service) -> None:
    check_service(service)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": -1}, "weight -1 is not within"),
        ({"weight": 65536}, "weight 65536 is not within"),
        ({"upper_threshold": 5, "lower_threshold": 6}, "is above"),
        ({"lower_threshold": 6}, "lower_threshold needs"),
        ({"key": DestKey("192.0.2.2", 81)}, "destination_port must be 80"),
        ({"key": DestKey("192.0.2.2", 81), "forward": "tunnel"}, "destination_port must be 80"),
        ({"key": DestKey("2001:db8::2", 80)}, "IPv6 destination of an IPv4 service"),
        ({"tunnel_type": "gre"}, "need forward tunnel"),
        ({"forward": "tunnel", "tunnel_type": "gue"}, "needs a tunnel_port"),
        ({"forward": "tunnel", "tunnel_port": 1}, "gue only"),
        ({"forward": "tunnel", "tunnel_flags": 1}, "gue and gre only"),
        ({"forward": "tunnel", "tunnel_type": "gre", "tunnel_flags": 2}, "remcsum is for"),
    ],
)
def test_contradictions_of_destinations(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_destination(Service(WEB), Destination(**{"key": ONE, **changes}))


@pytest.mark.parametrize(
    "dest",
    [
        Destination(ONE, weight=0),
        Destination(ONE, weight=65535, upper_threshold=2, lower_threshold=2),
        Destination(DestKey("192.0.2.2", 8080), forward="masquerade"),
        Destination(DestKey("2001:db8::2", 80), forward="tunnel"),
        Destination(ONE, forward="tunnel", tunnel_type="gue", tunnel_port=6080, tunnel_flags=2),
        Destination(ONE, forward="tunnel", tunnel_type="gre", tunnel_flags=1),
    ],
)
def test_sound_destinations(dest: Destination) -> None:
    check_destination(Service(WEB), dest)


def test_a_mark_leaves_the_port_to_the_destination() -> None:
    check_destination(Service(MARK), Destination(DestKey("192.0.2.2", 0)))


GUE = Destination(ONE, "tunnel", tunnel_type="gue", tunnel_port=6080, tunnel_flags=2)


@pytest.mark.parametrize(
    ("changes", "settled"),
    [
        ({"tunnel_type": "gre"}, {"tunnel_port": 0, "tunnel_flags": 0}),
        ({"tunnel_type": "gre", "tunnel_flags": 1}, {"tunnel_port": 0}),
        ({"tunnel_type": "ipip"}, {"tunnel_port": 0, "tunnel_flags": 0}),
        ({"tunnel_flags": 1}, {}),
        ({"forward": "direct"}, {"tunnel_type": "ipip", "tunnel_port": 0, "tunnel_flags": 0}),
    ],
)
def test_what_another_tunnel_does_not_have_is_dropped(
    changes: dict[str, Any], settled: dict[str, Any]
) -> None:
    assert settle_destination(replace(GUE, **changes), changes) == replace(
        GUE, **changes, **settled
    )


def test_what_is_given_is_never_dropped() -> None:
    given: dict[str, Any] = {"tunnel_type": "gre", "tunnel_port": 1}
    assert settle_destination(replace(GUE, **given), given).tunnel_port == 1
