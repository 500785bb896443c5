# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operators' words as the tests of drains say them, and the servers that they are of."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.draining import Word
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    ServiceKey,
)

VIP = "192.0.2.146"
KEY, TLS = ServiceKey(4, "tcp", VIP, 80), ServiceKey(4, "tcp", VIP, 443)
TWO, THREE = DestKey("192.0.2.2", 80), DestKey("192.0.2.3", 80)
TWO_TLS, HOST = DestKey("192.0.2.2", 443), DestKey("192.0.2.2", 0)
FALLBACK = Destination(DestKey("127.0.0.1", 80))
NOW = 100.0
END = NOW + 300.0


def drained(server: DestKey = HOST, most: int = 0, timeout_s: float = 300.0) -> Word:
    return Word(server, "drained", NOW, most, timeout_s, NOW + timeout_s)


def disabled(server: DestKey = HOST) -> Word:
    return Word(server, "disabled", NOW)


def enabled(server: DestKey = HOST, at: float = NOW) -> Word:
    return Word(server, "enabled", at)
