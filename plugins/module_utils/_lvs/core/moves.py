# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planned moves M1 to M4, and failback B1 to B3: one node gives, another takes, nobody grabs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import taking
from .events import AddAddresses, LoadTable, MoveToLo, ReadLinks
from .fitness import unfit_reason
from .peers import Peer
from .wire import GroupWord, eight, short_id

if TYPE_CHECKING:
    from .group import GroupMachine

READY_WITHIN_S = 10.0
READY_WITHIN_AT_STOP_S = 2.0
CONFIRMED_WITHIN_S = 1.0  # M4
LONGEST_QUESTION_S = 0.5
LINGER_S = 2.0  # M4
BARRED_FOR_S = 10.0  # M4
UNFIT_FOR_S = 3.0  # a monitor that restarts is away for less
MOVING_STATES = ("giving", "leaving", "offering")


@dataclass
class Move:
    """A planned move as one of its two nodes sees it, and what operators asked for.

    ``other`` is the other side ("" when there is no move); ``given_to`` is a target that has the
    group by the wire's word alone, until it is heard to say otherwise (M4).
    """

    other: str = ""
    ends_at: float = 0.0
    why: str = ""
    is_withdrawn: bool = False
    is_asking: bool = False
    is_parked: bool = False
    is_parking: bool = False
    is_fetching: bool = False
    is_kept_away: bool = False
    given_to: str = ""
    unfit_since: float | None = None
    barred: dict[str, float] = field(default_factory=dict)

    def clear(self) -> None:
        """The move is over, or never was; what operators asked for stays."""
        self.other = ""
        self.why = ""
        self.is_withdrawn = False
        self.is_asking = False


# ---- the holder --------------------------------------------------------------------------------


def evaluate_giving_away(g: GroupMachine, now: float) -> None:
    """Begin a move when somebody asks for it, or this node ought not to hold."""
    why, peer = _choose_target(g, now)
    if peer is None:
        if g.context.is_stopping:
            g.release("stopping, and no other node is fit.", now)
        return
    g.move.other = peer.name
    g.move.why = why
    limit_s = READY_WITHIN_AT_STOP_S if g.context.is_stopping else READY_WITHIN_S
    g.move.ends_at = now + limit_s
    g.enter("giving", f"{why}; {peer.name} is to take it.", now)


def _choose_target(g: GroupMachine, now: float) -> tuple[str, Peer | None]:
    fit = [(peer, word) for peer in g.others() if (word := _fit_word(g, peer, now))]
    why = _reason_to_give(g, now)
    if why:
        return why, fit[0][0] if fit else None
    asking = next((peer for peer, word in fit if word.is_asking), None)
    return (f"{asking.name} asked for it" if asking else ""), asking


def _fit_word(g: GroupMachine, peer: Peer, now: float) -> GroupWord | None:
    word = peer.word(g.group_id)
    if not peer.is_living(now) or word is None or not word.is_fit:
        return None
    barred_until = g.move.barred.get(peer.name, now)
    if now < barred_until:
        g.context.wake_at(barred_until)
        return None
    return word


def _reason_to_give(g: GroupMachine, now: float) -> str:
    if g.context.is_stopping:
        return "this agent stops"
    if g.move.is_parking:
        return "the operator asked for standby"
    reason = unfit_reason(g, now)
    if not reason:
        g.move.unfit_since = None
        return ""
    if g.move.unfit_since is None:
        g.move.unfit_since = now
    moves_at = g.move.unfit_since + UNFIT_FOR_S
    if now >= moves_at:
        return f"not fit ({reason})"
    g.context.wake_at(moves_at)
    return ""


def evaluate_giving(g: GroupMachine, now: float) -> None:
    """M1: wait until the target is ready and its table equals mine; go on serving meanwhile."""
    peer = g.context.peers.get(g.move.other)  # None: a reload removed the node
    word = _fit_word(g, peer, now) if peer else None
    why = _reason_to_give(g, now)
    if word is None:
        _call_off(g, f"{g.move.other} cannot take it.", now)
    elif not why and not word.is_asking and word.state == "standby":
        _call_off(g, f"{g.move.other} no longer asks for it.", now)
    elif _is_ready(g, word) and not g.is_working():
        g.enter("leaving", f"{g.move.other} is ready: the addresses go to lo.", now)
        g.start(MoveToLo, now, lambda error, at: _after_leaving(g, error, at))
    elif now >= g.move.ends_at:
        g.move.barred[g.move.other] = now + BARRED_FOR_S
        _call_off(g, f"{g.move.other} was not ready in time, or its table differs.", now)
    else:
        g.context.wake_at(g.move.ends_at)


def _is_ready(g: GroupMachine, word: GroupWord) -> bool:
    if word.state != "ready" or word.target != short_id(g.context.me):
        return False
    if g.table is None or g.table.error:
        return True  # my own table is what is wrong
    return word.digest == eight(g.table.digest)


def _call_off(g: GroupMachine, reason: str, now: float) -> None:
    g.move.clear()
    if g.context.is_stopping:
        g.release(f"stopping; {reason}", now)
    else:
        g.enter("holding", f"not moved: {reason}", now, is_alarm=True)


def _after_leaving(g: GroupMachine, error: str, now: float) -> None:
    if error:
        _go_back(g, error, now)
        return
    g.move.ends_at = now + CONFIRMED_WITHIN_S
    g.enter("offering", f"on lo, offered to {g.move.other}.", now)


def is_confirmation(g: GroupMachine, peer: Peer, word: GroupWord) -> bool:
    """T2, M4: a claim of the target of an offer confirms; it does not beat."""
    return g.state == "offering" and peer.name == g.move.other and word.term > g.term


def is_giving_to_me(g: GroupMachine, word: GroupWord) -> bool:
    """M3: the giver goes on claiming until it has heard of my take; that is no conflict."""
    return word.state in MOVING_STATES and word.target == short_id(g.context.me)


def hear_given(g: GroupMachine, peer: Peer, word: GroupWord) -> None:
    """M4: what the target of a move said before its take counts for nothing; this is later."""
    if peer.name == g.move.given_to and word.state not in ("preparing", "ready"):
        g.move.given_to = ""


def evaluate_offering(g: GroupMachine, now: float) -> None:
    """M4: wait for the confirmation; without one ask the wire, then keep or go back."""
    peer = g.context.peers.get(g.move.other)  # None: a reload removed the node
    word = peer.word(g.group_id) if peer and peer.is_living(now) else None
    if word and word.term > g.term and word.state == "holding":
        _linger(g, f"{g.move.other} holds it with term {word.term}.", now)
        return
    question_s = min(2 * g.context.timing.keepalive_s, LONGEST_QUESTION_S)
    if word is None or word.state not in ("ready", "receiving", "holding"):
        # Silent, or it gave up; but what it said may be older than a take: ask, only sooner.
        g.move.ends_at = min(g.move.ends_at, now + question_s)
    asks_at = g.move.ends_at - question_s
    if now < asks_at:
        g.context.wake_at(asks_at)
        return
    g.move.is_withdrawn = True
    g.wire.begin(now)
    taking.probe_when_due(g, question_s / 3, now)
    if g.wire.is_answered:
        g.move.given_to = g.move.other
        _linger(g, f"{g.move.other} answers on the wire.", now)
    elif g.wire.is_silent(now, question_s):
        _go_back(g, f"{g.move.other} did not confirm within a second.", now)
    else:
        g.context.wake_at(g.wire.quiet_since + question_s)


def _linger(g: GroupMachine, reason: str, now: float) -> None:
    g.wire.end()
    g.term = 0
    if g.move.is_parking:
        g.move.is_parked = True
    peer = g.context.peers.get(g.move.other)
    was_asked_for = g.move.why.endswith("asked for it")
    g.move.is_kept_away = bool(was_asked_for and peer and g.stands_before(peer))
    g.move.clear()
    g.move.is_parking = False
    g.move.ends_at = now + LINGER_S
    g.enter("lingering", reason, now)


def _go_back(g: GroupMachine, reason: str, now: float) -> None:
    """M4: back to the interface, with a term above the one that the target may have raised."""
    g.move.barred[g.move.other] = now + BARRED_FOR_S
    g.raise_term(2)
    g.move.clear()
    g.enter("returning", f"not moved: {reason}", now, is_alarm=True)
    g.start(AddAddresses, now, lambda error, at: taking.hold(g, error, at))


# ---- the target --------------------------------------------------------------------------------


def evaluate_asking(g: GroupMachine, now: float) -> None:
    """B2 and the operator's takeover: ask the holder for a planned move, or stop asking."""
    holder = g.holder(now)
    g.move.is_asking = bool(
        g.state == "standby"
        and holder
        and g.is_fit(now)
        and (g.move.is_fetching or _is_failback_due(g, holder, now))
    )


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
        g.unload("the move was called off.", now)
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
