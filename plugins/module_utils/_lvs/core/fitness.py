# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this node can serve a group: rule U, as far as it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .group import GroupMachine


def dead_interface(g: GroupMachine) -> str:
    """The first interface of the group's addresses that is down, "" when all are up."""
    down = g.context.down
    if not down:
        return ""
    return next((a.interface for a in g.config.addresses if a.interface in down), "")


def unfit_reason(g: GroupMachine, now: float) -> str:
    """Why this node cannot serve the group, "" when it can (U, as far as it is built)."""
    down = dead_interface(g)
    if g.context.me not in g.config.order:
        return "this node is not one of the group's."
    if g.is_dropped:
        return "the group is gone from the configuration."
    if g.context.is_stopping:
        return "this agent is stopping."
    if g.move.is_parked:
        return "parked by the operator until lvsctl takeover or a restart."
    if down:
        return f"interface {down} is down."
    if g.table is None:
        return "the health monitor has not spoken yet."
    if g.table.error:
        return g.table.error
    if now < g.failed_until:
        g.context.wake_at(g.failed_until)
        return "the last take failed here."
    return ""
