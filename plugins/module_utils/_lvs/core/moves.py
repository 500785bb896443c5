# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The holder of a planned move, M1 to M4: one node gives, another takes, nobody grabs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import asking, taking
from .events import AddAddresses, MoveToLo
from .fitness import sees_fewer_servers, unfit_reason
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

    ``other`` is the other side ("" when there is no move); ``give_to`` the node that an operator
    named (O1); ``given_to`` a target that has the group by the wire's word alone, until it is heard
    to say otherwise (M4); ``is_kept_away``: B2 does not fetch it back (O3); ``failure``: why the
    last move from here came to nothing.
    """

    other: str = ""
    ends_at: float = 0.0
    why: str = ""
    is_withdrawn: bool = False
    is_asking: bool = False
    asked: str = ""
    is_parked: bool = False
    is_parking: bool = False
    is_fetching: bool = False
    give_to: str = ""
    is_kept_away: bool = False
    failure: str = ""
    given_to: str = ""
    unfit_since: float | None = None
    barred: dict[str, float] = field(default_factory=dict)

    def target(self) -> bytes:
        """What the wire says of it: the other side, or who is asked for the group (B2)."""
        other = self.other or (self.asked if self.is_asking else "")
        return short_id(other) if other else b""

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
        elif why:
            g.alarm(f"{why}; no other node can take it: it stays here.", now)
        return
    g.move.other = peer.name
    g.move.why = why
    limit_s = READY_WITHIN_AT_STOP_S if g.context.is_stopping else READY_WITHIN_S
    g.move.ends_at = now + limit_s
    g.enter("giving", f"{why}; {peer.name} is to take it.", now)


def _choose_target(g: GroupMachine, now: float) -> tuple[str, Peer | None]:
    fit = [(peer, word) for peer in g.others() if (word := _fit_word(g, peer, now))]
    why = _reason_to_give(g, now)
    if g.move.give_to and not g.context.is_stopping:
        return why, next((peer for peer, dummy in fit if peer.name == g.move.give_to), None)
    if why:
        return why, fit[0][0] if fit else None
    me = short_id(g.context.me)
    asking = next((p for p, word in fit if word.is_asking and word.target in (b"", me)), None)
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
    if g.move.give_to:
        return f"the operator gives it to {g.move.give_to}"
    return _long_unfit(g, now)


def _long_unfit(g: GroupMachine, now: float) -> str:
    """U5: a holder that has not been fit for three seconds; said when it begins and ends."""
    reason = unfit_reason(g, now)
    was_unfit = g.move.unfit_since is not None
    if not reason:
        g.move.unfit_since = None
        if was_unfit:
            g.say(g.shown, "fit again; it stays here.", now)
        return ""
    if g.move.unfit_since is None:
        g.move.unfit_since = now
        g.say(g.shown, f"not fit: {reason}", now)
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
    elif _is_ready(g, word, now) and not g.is_working():
        g.enter("leaving", f"{g.move.other} is ready: the addresses go to lo.", now)
        g.start(MoveToLo, now, lambda error, at: _after_leaving(g, error, at))
    elif now >= g.move.ends_at:
        g.move.barred[g.move.other] = now + BARRED_FOR_S
        _call_off(g, f"{g.move.other} was not ready in time, or its table differs.", now)
    else:
        g.context.wake_at(g.move.ends_at)


def _is_ready(g: GroupMachine, word: GroupWord, now: float) -> bool:
    if word.state != "ready" or word.target != short_id(g.context.me):
        return False
    if g.table is None or g.table.error or sees_fewer_servers(g, now):
        return True  # my own table is what is wrong
    return word.digest == eight(g.table.digest)


def _call_off(g: GroupMachine, reason: str, now: float) -> None:
    g.move.clear()
    g.move.failure = reason
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


def hear_move(g: GroupMachine, peer: Peer, word: GroupWord, now: float) -> None:
    """M4: what the target of a move said before its take counts for nothing; this is later.
    T1, O3: what a third node learns of a move between two others."""
    if peer.name == g.move.given_to and word.state not in ("preparing", "ready"):
        g.move.given_to = ""
    if word.state == "lingering":
        g.lingers_since.setdefault(peer.name, now)
    else:
        g.lingers_since.pop(peer.name, None)
    if word.state == "giving" and _is_passed_by(g, peer, word, now):
        g.move.is_kept_away = True


def _is_passed_by(g: GroupMachine, giver: Peer, word: GroupWord, now: float) -> bool:
    """O3: the group goes back in the order, past me who was fit all the time: an operator's
    choice."""
    order = g.config.order
    target = next((peer for peer in g.others() if peer.node_id == word.target), None)
    if target is None or g.state != "standby" or g.fit_since is None:
        return False
    if now - g.fit_since < READY_WITHIN_S:  # it may have become fit in this very move
        return False
    return g.stands_before(target) and order.index(giver.name) < order.index(target.name)


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
    if not g.move.is_withdrawn:
        g.move.is_withdrawn = True
        g.say(g.shown, f"no word of {g.move.other} yet: offer withdrawn, asking the wire.", now)
    g.wire.begin(now)
    asking.probe_when_due(g, question_s / 3, now)
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
    was_asked_for = g.move.why.endswith("asked for it") or bool(g.move.give_to)
    g.move.is_kept_away = bool(was_asked_for and peer and g.stands_before(peer))
    g.move.clear()
    g.move.is_parking, g.move.give_to = False, ""
    g.move.ends_at = now + LINGER_S
    g.enter("lingering", reason, now)


def _go_back(g: GroupMachine, reason: str, now: float) -> None:
    """M4: back to the interface, with a term above the one that the target may have raised."""
    g.move.barred[g.move.other] = now + BARRED_FOR_S
    g.raise_term(2)
    g.move.clear()
    g.move.failure = reason
    g.enter("returning", f"not moved: {reason}", now, is_alarm=True)
    g.start(AddAddresses, now, lambda error, at: taking.hold(g, error, at))
