# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The target of a planned move, M1 and M3, and who asks for one: B2 and the operator's takeover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import taking
from .events import AddAddresses, LoadTable, ReadLinks
from .fitness import unfit_reason
from .moves import MOVING_STATES
from .peers import Peer
from .wire import short_id

if TYPE_CHECKING:
    from .group import GroupMachine


def evaluate_asking(g: GroupMachine, now: float) -> None:
    """B2 and the operator's takeover: ask the holder for a planned move, or stop asking."""
    was_asking, g.move.is_asking = g.move.is_asking, False
    holder = g.holder(now)
    if holder is None or g.state != "standby" or not g.is_fit(now):
        return
    g.move.is_asking = g.move.is_fetching or _is_failback_due(g, holder, now)
    g.move.asked = holder.name
    if g.move.is_asking and not was_asking:
        why = "the operator wants it here" if g.move.is_fetching else "first in the order, and fit"
        g.say(g.shown, f"{holder.name} is asked for it: {why}.", now)


def _is_failback_due(g: GroupMachine, holder: Peer, now: float) -> bool:
    word = holder.word(g.group_id)
    if not g.config.is_auto_failback or g.move.is_kept_away or not g.stands_before(holder):
        return False
    if word is None or g.fit_since is None or g.table is None or not g.is_past_grace:
        return False
    due_at = g.fit_since + g.context.timing.failback_delay_s
    g.context.wake_at(due_at)
    return now >= due_at and g.table.healthy >= word.healthy


def join_move(g: GroupMachine, now: float) -> bool:
    """M1: a living holder names me its target: load the table, then say ready."""
    giver = g.holder(now)
    word = giver.word(g.group_id) if giver else None
    if giver is None or word is None or g.state != "standby" or not g.is_fit(now):
        return False
    if g.is_waiting():
        return False
    if word.state != "giving" or word.target != short_id(g.context.me):
        return False
    g.wire.end()
    g.move.other = giver.name
    g.enter("preparing", f"{giver.name} gives it; the table comes first.", now)
    g.start(LoadTable, now, lambda error, at: _after_preparing(g, error, at))
    return True


def _after_preparing(g: GroupMachine, error: str, now: float) -> None:
    if error:
        g.fail(error, now)
    elif g.state == "preparing":
        g.enter("ready", "table loaded.", now)


def evaluate_target(g: GroupMachine, now: float) -> None:
    """Wait for the offer; give up when the giver no longer gives."""
    state = _state_of_giver(g, now)
    if state not in MOVING_STATES or not g.is_fit(now):
        unfit = unfit_reason(g, now)
        why = f"not fit: {unfit}" if unfit else f"{g.move.other} called it off, or is silent."
        g.unload(f"not moved: {why}", now)
    elif state == "offering" and g.state == "ready" and not g.is_working():
        g.start(ReadLinks, now, lambda error, at: _after_reading(g, error, at))


def _state_of_giver(g: GroupMachine, now: float) -> str:
    peer = g.context.peers.get(g.move.other)
    word = peer.word(g.group_id) if peer and peer.is_living(now) else None
    is_to_me = word is not None and word.target == short_id(g.context.me)
    if peer:
        for at in peer.turns():
            g.context.wake_at(at)
    return word.state if word and is_to_me else ""


def _after_reading(g: GroupMachine, error: str, now: float) -> None:
    """M3: the socket is empty and the offer still stands: raise the term, add the address."""
    if error or g.state != "ready" or _state_of_giver(g, now) != "offering":
        return
    g.raise_term()
    g.enter("receiving", f"{g.move.other} offers it.", now)
    g.start(AddAddresses, now, lambda failure, at: taking.hold(g, failure, at))
