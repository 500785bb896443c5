# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node that does not hold: join a move, ask for one, take, ask the wire, or wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import joining, taking

if TYPE_CHECKING:
    from .group import GroupMachine


def evaluate_idle(g: GroupMachine, now: float) -> None:
    """What a group that is not held here calls for."""
    joining.evaluate_asking(g, now)
    if not joining.join_move(g, now) and not g.is_working():
        taking.evaluate_take(g, now)


def evaluate_lingering(g: GroupMachine, now: float) -> None:
    """M4: two seconds for what still comes by old caches; taken again if the new holder dies."""
    if now >= g.move.ends_at:
        g.release("moved.", now)
    else:
        g.context.wake_at(g.move.ends_at)
        taking.evaluate_take(g, now)
