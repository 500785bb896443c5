# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states that runs have to meet: all that the core and the wire have names for."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import states, wire

# For an operator a standby is one of these, too.
WORDS = {"starting", "parked", "unfit"}
ALL_STATES = (
    set(wire.STATES)
    | states.CLAIMING
    | states.BUSY
    | states.LEASED
    | states.IDLE
    | set(states.SHOWN)
    | set(states.SHOWN.values())
    | WORDS
)
MOVE_STATES = [
    ("giving", "preparing"),
    ("ready",),
    ("leaving",),
    ("offering",),
    ("receiving",),
    ("lingering",),
]
