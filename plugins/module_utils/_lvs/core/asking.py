# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""T4: the wire is asked before a take that somebody who is not heard might object to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import taking
from .context import silence_of
from .events import Fence
from .peers import Peer

if TYPE_CHECKING:
    from .group import GroupMachine


def end_question(g: GroupMachine) -> None:
    """Ask no more, and forget whom the fencing command was run for."""
    g.wire.end()
    g.fenced.clear()
    g.fence_tried.clear()
    g.fence_serial = 0


def forget_question(g: GroupMachine, reason: str, now: float) -> None:
    """There is nothing to take any more."""
    end_question(g)
    if g.state == "contested":
        g.enter("standby", reason, now)


def why_forgotten(g: GroupMachine, now: float) -> str:
    """Why a group that was contested is not any more."""
    if not g.is_fit(now):
        return "this node is not fit any more."
    living = (peer for peer in g.others() if peer.is_living(now))
    others = [peer.name for peer in living if taking.is_in_the_way(g, peer, now)]
    if others:
        return f"{others[0]} is heard, and has it or comes first."
    return "every other node is heard again."


def ask_before_taking(g: GroupMachine, now: float) -> None:
    """Probe; take after enough silence; an answer makes the group contested."""
    g.wire.begin(now)
    probe_when_due(g, 2 * g.context.timing.keepalive_s / 3, now)
    if not taking.wants(g, now, now):
        return
    silent_s = needed_silence(g, now)
    if is_fenced(g, now) or g.wire.is_silent(now, silent_s):
        taking.take(g, _why_free(g, now), now)
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
    silent = ", ".join(_why_unheard(peer, now) for peer in taking.unheard(g, now))
    how = "it was fenced" if is_fenced(g, now) else "the wire does not answer"
    return f"{silent}; {how}."


def _why_unheard(peer: Peer, now: float) -> str:
    if peer.is_living(now):
        return f"{peer.name}: its configuration has no such group"
    return f"{peer.name}: {silence_of(peer, now)}"


def _contest(g: GroupMachine, now: float) -> None:
    if g.state == "lingering":
        return  # the addresses are still on lo: release first, then ask on
    if g.state != "contested":
        silent = ", ".join(_why_unheard(peer, now) for peer in taking.unheard(g, now))
        reason = f"{silent}; but its address answers on the wire: not taken."
        g.enter("contested", reason, now, is_alarm=True)
    g.context.wake_at(g.wire.quiet_since + needed_silence(g, now))
    _fence(g, now)


# ---- fencing -----------------------------------------------------------------------------------


def _fence(g: GroupMachine, now: float) -> None:
    """Run the fencing command for the node that answers, one at a time, each once."""
    peer = _node_to_fence(g, now)
    if g.context.config.fence_command and peer and not g.fence_serial:
        g.fence_tried.append(peer.name)
        g.fence_serial = g.context.next_serial()
        g.say(g.shown, f"{peer.name} is fenced: the fencing command runs.", now, is_alarm=True)
        g.context.emit(Fence(peer.name, g.fence_serial))


def _node_to_fence(g: GroupMachine, now: float) -> Peer | None:
    """Whose MAC answers; where that is not known, the holder that fell silent, or the first silent
    node."""
    silent = [peer for peer in g.others() if not peer.is_living(now)]
    if g.wire.answered_by:
        silent = [peer for peer in silent if peer.name == g.wire.answered_by]
    holder = _fallen_holder(g, now)
    silent.sort(key=lambda peer: peer is not holder)
    return next((peer for peer in silent if peer.name not in g.fence_tried), None)


def end_fencing(g: GroupMachine, error: str, now: float) -> None:
    """T4: the wait ends when no other node is unheard; else the wire is asked anew."""
    g.fence_serial = 0
    if error:
        g.say(g.shown, error, now, is_alarm=True)
        return
    if g.wire.is_asking:
        g.fenced.append(g.fence_tried[-1])
        g.wire.ask_anew(now)


def is_fenced(g: GroupMachine, now: float) -> bool:
    """Whether each node that is not heard was fenced with success."""
    return bool(g.fenced) and all(p.name in g.fenced for p in taking.unheard(g, now))


def probe_when_due(g: GroupMachine, spacing_s: float, now: float) -> None:
    """Send the probe that is due, and come back for the next."""
    if g.wire.is_probe_due(now, spacing_s):
        g.probe(now)
    g.context.wake_at(g.wire.probe_at)
