# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules T1, T4 and T5: when a group that nobody holds is taken, and what is asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .events import AddAddresses, Fence, LoadTable
from .peers import Peer
from .states import BUSY

if TYPE_CHECKING:
    from .group import GroupMachine


def keep_grace(g: GroupMachine, now: float) -> None:
    """T1: the grace ends after initdead, or when all were heard and have spoken, or on the word of
    a living node that is past its own."""
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
    if any(word and word.is_past_grace for dummy, word in words):
        return True
    has_spoken = g.table is not None or g.move.is_parked
    return (
        has_spoken
        and len(words) == len(g.others())
        and all(g.stands_before(peer) or (word and word.is_fit_known) for peer, word in words)
    )


def wants(g: GroupMachine, at: float, now: float) -> bool:
    """T1 but for the wire: whether to take at ``at`` if nothing more is heard until then."""
    if not g.is_fit(now) or g.context.is_waking(now) or not is_grace_over(g, at):
        return False
    return not any(_is_in_the_way(g, peer, at) for peer in g.others() if peer.is_living(at))


def _is_in_the_way(g: GroupMachine, peer: Peer, at: float) -> bool:
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
        _forget_question(g, now)
        return
    if wants(g, now, now) and all(peer.is_living(now) for peer in g.others()):
        take(g, "nobody holds it and every other node agrees.", now)
    elif not all(peer.is_living(now + lead_s) for peer in g.others()):
        _ask_before_taking(g, now)


def _forget_question(g: GroupMachine, now: float) -> None:
    g.wire.end()
    g.is_fenced = False
    g.fence_serial = 0
    if g.state == "contested":
        g.enter("standby", "the other node is heard again.", now)


def _ask_before_taking(g: GroupMachine, now: float) -> None:
    g.wire.begin(now)
    probe_when_due(g, 2 * g.context.timing.keepalive_s / 3, now)
    if not wants(g, now, now):
        return
    silent_s = needed_silence(g, now)
    if g.is_fenced or g.wire.is_silent(now, silent_s):
        take(g, _why_free(g, now), now)
    elif g.wire.is_answered:
        _contest(g, now)
    else:
        g.context.wake_at(g.wire.quiet_since + silent_s)


def needed_silence(g: GroupMachine, now: float) -> float:
    """T4: two keepalives, and two more for each silent node before me, save the holder that fell
    silent."""
    holder = _fallen_holder(g, now)
    before = [
        peer
        for peer in g.others()
        if not g.stands_before(peer) and not peer.is_living(now) and peer is not holder
    ]
    return 2 * g.context.timing.keepalive_s * (1 + len(before))


def _fallen_holder(g: GroupMachine, now: float) -> Peer | None:
    claims = [
        (word.term, peer)
        for peer in g.others()
        if not peer.is_living(now) and (word := peer.word(g.group_id)) and word.term
    ]
    return max(claims, key=lambda claim: claim[0])[1] if claims else None


def _why_free(g: GroupMachine, now: float) -> str:
    silent = ", ".join(peer.name for peer in g.others() if not peer.is_living(now))
    how = "it was fenced" if g.is_fenced else "the wire does not answer"
    return f"{silent} is silent and {how}."


def _contest(g: GroupMachine, now: float) -> None:
    if g.state == "lingering":
        return  # the addresses are still on lo: release first, then ask on
    if g.state != "contested":
        reason = "the other agent is silent, but its address answers on the wire: not taken."
        g.enter("contested", reason, now, is_alarm=True)
    g.context.wake_at(g.wire.quiet_since + needed_silence(g, now))
    silent = _fallen_holder(g, now) or next(p for p in g.others() if not p.is_living(now))
    if g.context.config.fence_command and not g.fence_serial:
        g.fence_serial = g.context.next_serial()
        g.context.emit(Fence(silent.name, g.fence_serial))


def end_fencing(g: GroupMachine, error: str, now: float) -> None:
    """T4: a fencing command that succeeded ends the wait."""
    g.is_fenced = not error and g.wire.is_asking
    if error:
        g.say(g.shown, error, now, is_alarm=True)


def probe_when_due(g: GroupMachine, spacing_s: float, now: float) -> None:
    """Send the probe that is due, and come back for the next."""
    if g.wire.is_probe_due(now, spacing_s):
        g.probe(now)
    g.context.wake_at(g.wire.probe_at)


def take(g: GroupMachine, reason: str, now: float) -> None:
    """T1: raise the term and say so in the same moment; T5: table, address, announcement."""
    g.wire.end()
    g.is_fenced = False
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
