# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which own address a check is bound to when the kernel would take a virtual one."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.sources import (
    HostAddress,
    choose_source,
)

HELD = [
    HostAddress(1, "127.0.0.1", 8),
    HostAddress(2, "198.51.100.11", 24),
    HostAddress(3, "192.0.2.146", 24),
    HostAddress(3, "192.0.2.11", 24),
    HostAddress(3, "fe80::1", 64),
    HostAddress(3, "2001:db8::146", 64),
    HostAddress(3, "2001:db8::11", 64),
]
VIRTUAL = {"192.0.2.146", "2001:db8::146"}


@pytest.mark.parametrize(
    ("target", "held", "expected"),
    [
        ("192.0.2.2", HELD, "192.0.2.11"),
        ("2001:db8::2", HELD, "2001:db8::11"),
        ("203.0.113.2", HELD, "198.51.100.11"),
        ("192.0.2.2", HELD[2:3], ""),
        ("2001:db8::2", HELD[:4], ""),
    ],
)
def test_the_nearest_own_address_is_taken(
    target: str, held: list[HostAddress], expected: str
) -> None:
    assert choose_source(target, VIRTUAL, held) == expected
