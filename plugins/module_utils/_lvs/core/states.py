# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a group on one node, and what follows from each.

    standby ----T1, T4----> taking ----T5----> holding       contested: T4, the wire answers
       ^                                        |  ^  |
       |                  (T2, L2, T6, stop)    |  |  +--L3--> woken --quiet--> returning
       +---- releasing <------------------------+  |                               |
                ^                                  +-------------------------------+
    the holder of a planned move:                                                  ^
       holding --M1--> giving --M2--> leaving --> offering --confirmed--> lingering --> releasing
                                                     +------not confirmed (M4)-----+
    its target:
       standby --M1--> preparing --> ready --M3--> receiving --> holding

``parked``, ``unfit`` and ``starting`` are words for an operator: a standby that may not take.
"""

from __future__ import annotations

# States in which this node claims the group: it says its term, and T2 applies (F4).
CLAIMING = frozenset(
    {"taking", "holding", "giving", "leaving", "offering", "returning", "woken", "receiving"}
)

# States of a living peer that forbid a take (T1: "holds or is moving it").
BUSY = CLAIMING | {"releasing"}

# States with the addresses in the kernel, on their interfaces or on lo: renewed, and lost when not
# renewed (L1, L2).
LEASED = frozenset({"holding", "giving", "leaving", "offering", "returning", "woken", "lingering"})

# States with the addresses on their interfaces: T3, T6, L2.
SERVING = frozenset({"holding", "giving"})

# States from which a group may be taken.
IDLE = frozenset({"standby", "contested", "lingering"})

# What operators read.
SHOWN = {
    "giving": "moving_out",
    "leaving": "moving_out",
    "offering": "moving_out",
    "returning": "moving_out",
    "woken": "holding",
    "lingering": "releasing",
    "preparing": "moving_in",
    "ready": "moving_in",
    "receiving": "moving_in",
}
