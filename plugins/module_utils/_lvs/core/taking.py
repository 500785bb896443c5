# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules T1 and T5: when a group that nobody holds is taken, and in what order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import asking
from .events import AddAddresses, LoadTable
from .fitness import is_fitness_known, will_be_fit
from .peers import Peer
from .states import BUSY

if TYPE_CHECKING:
    from .group import GroupMachine


def keep_grace(g: GroupMachine, now: float) -> None:
    """T1: the grace ends after initdead; or, once those before me have said whether they are fit,
    when all were heard, or on the word of a living node that is past its own."""
    if not g.is_past_grace:
        g.is_past_grace = is_grace_over(g, now)
        g.grace_over_at = now


def is_grace_over(g: GroupMachine, at: float) -> bool:
    """Whether the grace is over at this time, if nothing else is heard until then."""
    if g.is_past_grace:
        return True
    ends_at = g.context.started_at + g.context.timing.initdead_s
    if at >= ends_at:
        return True
    g.context.wake_at(ends_at)
    g.context.wake_at(ends_at - 2 * g.context.timing.keepalive_s)
    words = [(peer, peer.word(g.group_id)) for peer in g.others() if peer.is_living(at)]
    if not all(g.stands_before(peer) or (word and word.is_fit_known) for peer, word in words):
        return False
    if any(word and word.is_past_grace for dummy, word in words):
        return True
    return is_fitness_known(g, at) and len(words) == len(g.others())


def wants(g: GroupMachine, at: float, now: float) -> bool:
    """T1 but for the wire: whether to take at ``at`` if nothing more is heard until then."""
    if not will_be_fit(g, at, now) or g.context.is_waking(now) or not is_grace_over(g, at):
        return False
    if g.is_waiting():
        return False
    return not any(is_in_the_way(g, peer, at) for peer in g.others() if peer.is_living(at))


def is_in_the_way(g: GroupMachine, peer: Peer, at: float) -> bool:
    """T1: whether a living peer holds or moves it, or stands before me and is fit."""
    word = peer.word(g.group_id)
    if word is None or peer.life is None:
        return False
    if word.term or word.state in BUSY or peer.name == g.move.given_to:
        return True
    if g.stands_before(peer) or not word.is_fit:
        return False
    # A node in its grace holds nobody past his own back for longer than deadtime: from when both
    # were there and I past mine (when many graces end at once, the word of it is still under way).
    since = max(peer.life.since, g.grace_over_at if g.is_past_grace else at)
    g.context.wake_at(since + g.context.timing.deadtime_s)
    return word.is_past_grace or at < since + g.context.timing.deadtime_s


def evaluate_take(g: GroupMachine, now: float) -> None:
    """T1, T4: take, ask the wire, or wait."""
    lead_s = 2 * g.context.timing.keepalive_s
    for peer in g.others():
        for at in peer.turns():
            g.context.wake_at(at)
    if not wants(g, now + lead_s, now):
        asking.forget_question(g, asking.why_forgotten(g, now), now)
    elif not has_majority(g, now):
        _wait_for_majority(g, now)
    elif wants(g, now, now) and not unheard(g, now):
        if not _is_word_under_way(g, now):
            take(g, "nobody holds it and every other node agrees.", now)
    elif unheard(g, now + lead_s):
        asking.ask_before_taking(g, now)


def unheard(g: GroupMachine, at: float) -> list[Peer]:
    """T4: who may hold the group without my hearing of it: silent, or without a word on it."""
    return [p for p in g.others() if not p.is_living(at) or p.word(g.group_id) is None]


def has_majority(g: GroupMachine, now: float) -> bool:
    """T1: with three or more nodes, whether more than half of them are living."""
    count = g.context.majority(now)
    return count is None or count[0] >= count[1]


def majority_words(g: GroupMachine, now: float) -> str:
    """How many nodes are living, and how many a take needs."""
    living, needed = g.context.majority(now) or (0, 0)
    return f"{living} of {len(g.context.config.nodes)} nodes living, {needed} needed"


def _wait_for_majority(g: GroupMachine, now: float) -> None:
    count = majority_words(g, now)
    asking.forget_question(g, f"no majority: {count}.", now)
    if wants(g, now, now):
        g.alarm(f"nobody is heard to hold it, but not taken without a majority: {count}.", now)


def _is_word_under_way(g: GroupMachine, now: float) -> bool:
    """T1: a giver that lingers has given it to somebody whose claim may still be under way."""
    if len(g.others()) < 2:
        return False
    deadtime_s = g.context.timing.deadtime_s
    ends_at = [since + deadtime_s for since in g.lingers_since.values()]
    for at in ends_at:
        g.context.wake_at(at)
    return any(now < at for at in ends_at)


def take(g: GroupMachine, reason: str, now: float) -> None:
    """T1: raise the term and say so in the same moment; T5: table, address, announcement."""
    asking.end_question(g)
    g.raise_term()
    g.move.clear()
    g.enter("taking", reason, now)
    g.start(LoadTable, now, lambda error, at: _after_load(g, error, at))


def _after_load(g: GroupMachine, error: str, now: float) -> None:
    if error:
        g.fail(error, now)
    else:
        g.start(AddAddresses, now, lambda failure, at: hold(g, failure, at))


def hold(g: GroupMachine, error: str, now: float, times: int = 5) -> None:
    """T5: the addresses are there (or not): announce them."""
    if error:
        g.fail(error, now)
        return
    g.move.clear()
    g.wire.end()
    g.renewed_at = now
    g.renew_at = now + 1
    g.announce_at = now
    g.foreign_answers = 0
    g.move.is_fetching = g.move.is_kept_away = False
    g.move.unfit_since = None
    g.enter("holding", f"term {g.term}: addresses set and announced.", now)
    g.announce(times, now)
