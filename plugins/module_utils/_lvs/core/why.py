# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why this node holds a group, or does not: for operators, in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import taking
from .fitness import unfit_reason
from .states import BUSY

if TYPE_CHECKING:
    from .group import GroupMachine


def why(g: GroupMachine, now: float) -> str:
    """The first of T1's conditions that is not met; of a group that is held or under way, the
    reason of its state."""
    if g.state not in ("standby", "contested"):
        return g.reason
    said = (look(g, now) for look in OBSTACLES)
    return next((sentence for sentence in said if sentence), "nothing is in the way of a take.")


def _unfit(g: GroupMachine, now: float) -> str:
    reason = unfit_reason(g, now)
    return f"this node is not fit: {reason}" if reason else ""


def _held(g: GroupMachine, now: float) -> str:
    holder = g.holder(now)
    word = holder.word(g.group_id) if holder else None
    return f"{holder.name} holds it with term {word.term}." if holder and word else ""


def _in_grace(g: GroupMachine, now: float) -> str:
    if g.is_past_grace:
        return ""
    ends_at = g.context.started_at + g.context.timing.initdead_s
    missing = ", ".join(peer.name for peer in g.others() if not peer.is_living(now)) or "nobody"
    return f"this agent has just started (not heard yet: {missing}; {ends_at - now:.1f} s left)."


def _woken(g: GroupMachine, now: float) -> str:
    is_waking = g.context.is_waking(now)
    return "this agent was away; each node has to be heard anew first." if is_waking else ""


def _stopped_by_a_peer(g: GroupMachine, now: float) -> str:
    for peer in g.others():
        word = peer.word(g.group_id)
        if peer.is_living(now) and word and taking.is_in_the_way(g, peer, now):
            is_busy = word.state in BUSY or peer.name == g.move.given_to
            return f"{peer.name} {'has or moves it' if is_busy else 'comes first, and is fit'}."
    return "a group that is being released has one of its addresses." if g.is_waiting() else ""


def _without_majority(g: GroupMachine, now: float) -> str:
    return "" if taking.has_majority(g, now) else f"no majority: {taking.majority_words(g, now)}."


def _contested(g: GroupMachine, dummy_now: float) -> str:
    if g.state == "contested":
        return g.reason
    return "the wire is asked who answers for its addresses." if g.wire.is_asking else ""


OBSTACLES: tuple[Callable[[GroupMachine, float], str], ...] = (
    _unfit,
    _held,
    _in_grace,
    _woken,
    _stopped_by_a_peer,
    _without_majority,
    _contested,
)
