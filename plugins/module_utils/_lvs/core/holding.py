# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a holder owes: rules T3 and T6, and the leases L1 to L3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import asking, moves, taking
from .events import AddAddresses, AddressGone, MoveToLo, RenewLease
from .fitness import dead_interface, unfit_reason
from .peers import Peer
from .states import LEASED, SERVING

if TYPE_CHECKING:
    from .group import GroupMachine

RENEW_EVERY_S = 1.0
ANNOUNCE_TO_SILENT_EVERY_S = 2.0
AGAIN = 3
ANSWERS_TO_YIELD = 2


def keep_lease(g: GroupMachine, now: float) -> bool:
    """L1: renew once a second. L2: False when the group was lost, and is being released."""
    ends_at = g.renewed_at + g.context.timing.lease_s
    if now >= ends_at:
        g.release("its lease was not renewed in time: lost.", now, is_alarm=True)
        return False
    if now >= g.renew_at:
        g.renew_at = now + RENEW_EVERY_S
        g.context.emit(RenewLease(g.name))
    g.context.wake_at(min(ends_at, g.renew_at))
    return True


def put_back(g: GroupMachine, gone: AddressGone, now: float) -> None:
    """L2: an address of a held group is gone: put it back at once and say so."""
    if g.state not in SERVING or g.is_working():
        return
    g.say(g.shown, f"{gone.address} was removed by somebody; putting it back.", now, True)
    g.start(AddAddresses, now, lambda error, at: after_put_back(g, error, at))


def after_put_back(g: GroupMachine, error: str, now: float) -> None:
    """Addresses were set again while held: announce them; a failure leaves the lease to decide."""
    if error:
        g.say(g.shown, error, now, is_alarm=True)
        return
    g.renewed_at = now
    g.announce(AGAIN, now)


def evaluate_holding(g: GroupMachine, now: float) -> None:
    """The rules of a holder at rest."""
    if dead_interface(g):
        g.release(unfit_reason(g, now), now, is_alarm=True)
        return
    g.set_new_addresses(now)
    _remind(g, now)
    watch_wire(g, now)
    if g.state == "holding":
        moves.evaluate_giving_away(g, now)
    elif g.state == "giving":
        moves.evaluate_giving(g, now)


def _remind(g: GroupMachine, now: float) -> None:
    """T3: while a node is silent, announce every two seconds."""
    if all(peer.is_living(now) for peer in g.others()) or g.announce_left:
        return
    due_at = g.announce_at + ANNOUNCE_TO_SILENT_EVERY_S
    if now >= due_at:
        g.announce_at = now
        g.announce(1, now)
    else:
        g.context.wake_at(due_at)


def announce_again(g: GroupMachine, now: float) -> None:
    """T3: a node became living or showed a new boot id; it may think that it holds."""
    if g.state in SERVING:
        g.announce_at = now
        g.announce(AGAIN, now)


def keep_against(g: GroupMachine, peer: Peer, now: float) -> None:
    """T3: after a conflict that the other one loses (T2), the caches of the LAN are mine again."""
    if now < g.conflict_at + g.context.timing.keepalive_s:
        return
    g.conflict_at = now
    g.alarm(f"{peer.name} also held it; it has to release.", now)
    announce_again(g, now)


def watch_wire(g: GroupMachine, now: float) -> None:
    """T6: probe my own addresses while somebody may hold them that I do not hear."""
    if not any(peer.is_doubtful(now) for peer in g.others()):
        g.foreign_answers = 0
    else:
        due_at = g.probed_at + 2 * g.context.timing.keepalive_s
        if now >= due_at:
            g.probe(now)
        g.context.wake_at(g.probed_at + 2 * g.context.timing.keepalive_s)
    for peer in g.others():
        for at in peer.turns():
            g.context.wake_at(at)


def see_foreign_answer(g: GroupMachine, now: float) -> None:
    """T6: who stands first announces at the first answer; the other releases after two."""
    doubtful = [peer for peer in g.others() if peer.is_doubtful(now)]
    if g.state not in SERVING or not doubtful:
        return
    if now < g.foreign_at + g.context.timing.keepalive_s / 2:
        return
    g.foreign_at = now
    g.foreign_answers += 1
    if all(g.stands_before(peer) for peer in doubtful):
        g.alarm("another host answers for it too; announced again.", now)
        announce_again(g, now)
    elif g.foreign_answers >= ANSWERS_TO_YIELD:
        g.foreign_answers = 0
        g.release("another host, before this one in the order, answers for it.", now, True)
        g.wire.begin(now)
        g.wire.answer(now)


def wake_late(g: GroupMachine, now: float) -> None:
    """L3: the loop was away for longer than deadtime. What is held goes to lo first; what was
    half done is given up; what outlived its lease is lost (L2)."""
    if g.state in LEASED and now >= g.renewed_at + g.context.timing.lease_s:
        g.release("the agent was away for longer than the lease.", now, is_alarm=True)
    elif g.state in SERVING:
        g.move.clear()
        g.announce_left = 0
        g.enter("woken", "the agent was away for longer than deadtime; on lo until asked.", now)
        g.wire.end()
        g.start(MoveToLo, now, lambda error, at: _after_moved(g, error, at))
    elif g.state in ("taking", "receiving", "returning"):
        g.release("the agent was away in the middle of a take.", now, is_alarm=True)


def _after_moved(g: GroupMachine, error: str, now: float) -> None:
    if error:
        g.release(error, now, is_alarm=True)
    else:
        g.wire.begin(now)


def evaluate_woken(g: GroupMachine, now: float) -> None:
    """L3: back after two keepalives without a higher claim (T2) or an answer on the wire."""
    if g.is_working():
        return
    quiet_s = 2 * g.context.timing.keepalive_s
    asking.probe_when_due(g, quiet_s / 3, now)
    if g.wire.is_answered:
        g.release("another host answers for it after this agent's absence.", now, is_alarm=True)
        g.wire.begin(now)
        g.wire.answer(now)
    elif g.wire.is_silent(now, quiet_s):
        g.enter("returning", "nobody else answers for it.", now)
        g.start(AddAddresses, now, lambda error, at: taking.hold(g, error, at, AGAIN))
    else:
        g.context.wake_at(g.wire.quiet_since + quiet_s)
