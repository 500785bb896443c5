# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner of addresses."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import (
    AddressKey,
    HeldAddress,
    apply_address_plan,
    describe_addresses,
    lost_with,
    plan_address,
    plan_address_absent,
    plan_addresses,
)

KEY = AddressKey("eth0", "192.0.2.146", 24)
VIP = HeldAddress(*KEY)
OWN = HeldAddress("eth0", "192.0.2.11", 24)
ON_LO = HeldAddress("lo", "192.0.2.146", 32)
SIX = HeldAddress("eth0", "2001:db8::146", 64)
SUBSETS = [
    list(subset) for size in range(4) for subset in itertools.combinations((VIP, ON_LO, SIX), size)
]


def test_every_plan_ends_in_the_wanted_addresses() -> None:
    owned = [VIP.key, ON_LO.key, SIX.key]
    for current, wanted in itertools.product(SUBSETS, SUBSETS):
        plan = plan_addresses([OWN, *current], wanted, owned)
        after = apply_address_plan([OWN, *current], plan)
        assert sorted(each.key for each in after) == sorted(each.key for each in [OWN, *wanted])


def test_only_owned_addresses_are_removed() -> None:
    for current in SUBSETS:
        assert plan_addresses(current, [], []) == ()


def test_add_and_remove_one() -> None:
    assert describe_addresses(plan_address([OWN], KEY, {})) == [
        "ip address add 192.0.2.146/24 dev eth0"
    ]
    assert plan_address([OWN, VIP], KEY, {}) == ()
    assert describe_addresses(plan_address_absent([OWN, VIP], KEY)) == [
        "ip address delete 192.0.2.146/24 dev eth0"
    ]
    assert plan_address_absent([OWN, ON_LO], KEY) == ()


def test_a_lease_ends_when_the_module_takes_the_address() -> None:
    leased = HeldAddress(*KEY, valid_s=2, preferred_s=2)
    assert describe_addresses(plan_address([leased], KEY, {})) == [
        "ip address change 192.0.2.146/24 dev eth0"
    ]


def test_lifetimes_change_in_place_and_are_kept_when_left_out() -> None:
    (op,) = plan_address([VIP], KEY, {"preferred_s": 0})
    assert op.kind == "set_address"
    assert plan_address([op.held], KEY, {}) == ()
    (back,) = plan_address([op.held], KEY, {"preferred_s": None})
    assert back.held == VIP


@pytest.mark.parametrize("changes", [{"label": "eth0:vip"}, {"scope": "link"}])
def test_label_and_scope_need_a_new_address(changes: dict[str, Any]) -> None:
    plan = plan_address([VIP], KEY, changes)
    assert [op.kind for op in plan] == ["del_address", "add_address"]
    assert plan_address([plan[1].held], KEY, {}) == ()


def test_nodad_is_a_matter_of_ipv6_only() -> None:
    assert plan_address([VIP], KEY, {"is_nodad": True}) == ()
    (op,) = plan_address([SIX], SIX.key, {"is_nodad": True})
    assert describe_addresses((op,)) == ["ip address change 2001:db8::146/64 dev eth0 nodad"]


@pytest.mark.parametrize(
    ("held", "changes", "words"),
    [
        (SIX, {"label": "eth0:x"}, "has no label"),
        (SIX, {"scope": "host"}, "part of it"),
        (VIP, {"label": "vip"}, "must begin with eth0"),
        (VIP, {"label": "eth0:" + 11 * "x"}, "more than 15"),
    ],
)
def test_what_cannot_be_had(held: HeldAddress, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        plan_address([], held.key, changes)


def test_secondaries_are_lost_with_their_primary() -> None:
    def second(address: str, interface: str = "eth0", prefix: int = 24) -> HeldAddress:
        return HeldAddress(interface, address, prefix, is_secondary=True)

    lost, others = (
        second("192.0.2.146"),
        [
            second("198.51.100.1"),
            second("192.0.2.9", "eth1"),
            second("192.0.2.7", prefix=25),
            SIX,
        ],
    )
    assert lost_with([OWN, lost, *others], OWN.key) == [lost]
    assert lost_with([OWN, lost, *others], lost.key) == []
    assert lost_with([OWN, lost], SIX.key) == []
