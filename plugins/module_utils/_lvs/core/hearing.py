# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a group hears: claims of verified peers (T2), the wire (T4, T6), its own kernel (L1, L2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from . import holding, moves
from .events import AddressGone, LeaseRenewed, OperationDone, TableState, WireAnswer, WireProbe
from .peers import Peer
from .states import CLAIMING, LEASED, SERVING
from .wire import GroupWord

if TYPE_CHECKING:
    from .group import GroupMachine

GroupObservation = Union[
    OperationDone, TableState, LeaseRenewed, WireAnswer, WireProbe, AddressGone
]


def hear(g: GroupMachine, peer: Peer, word: GroupWord, now: float) -> None:
    """T2: a verified peer's word on the group, just heard."""
    g.see_term(word)
    moves.hear_move(g, peer, word, now)
    if not word.term or g.state not in CLAIMING:
        return
    if moves.is_confirmation(g, peer, word):
        return
    is_beaten = word.term > g.term or (word.term == g.term and not g.stands_before(peer))
    if is_beaten:
        reason = f"{peer.name} holds term {word.term}, mine was {g.term}."
        g.release(reason, now, is_alarm=True)
    elif g.state in SERVING and not moves.is_giving_to_me(g, word):
        holding.keep_against(g, peer, now)


def see_answer(g: GroupMachine, answer: WireAnswer, now: float) -> None:
    """Somebody else answers for an address of the group (T4, T6, M4)."""
    owner = g.context.mac_owner(answer.mac)
    macs_known = all(peer.macs for peer in g.others())
    if not owner and macs_known:
        g.alarm(
            f"{answer.mac}, no director's, answers for {answer.address}: set arp_ignore on the "
            "host that has it.",
            now,
        )
        return
    g.wire.answer(now, owner)
    holding.see_foreign_answer(g, now)


def see_probe(g: GroupMachine, probe: WireProbe, now: float) -> None:
    """T4: another director's probe counts as an answer for the later in the order."""
    owner = g.context.mac_owner(probe.mac)
    if owner in g.config.order and not g.stands_before(g.context.peers[owner]):
        g.wire.answer(now, owner)


def observe(g: GroupMachine, observation: GroupObservation, now: float) -> None:
    """Take in what the loop saw, if it is about this group."""
    if isinstance(observation, OperationDone):
        g.finish(observation.serial, observation.error, now)
    elif isinstance(observation, TableState):
        if observation.group == g.name:
            g.table = observation
    elif isinstance(observation, LeaseRenewed):
        # L1: the kernel has the lease anew.
        if observation.group == g.name and g.state in LEASED:
            g.renewed_at = max(g.renewed_at, now)
    elif g.has_address(observation.address):
        _observe_address(g, observation, now)


def _observe_address(
    g: GroupMachine, observation: WireAnswer | WireProbe | AddressGone, now: float
) -> None:
    if isinstance(observation, WireAnswer):
        see_answer(g, observation, now)
    elif isinstance(observation, WireProbe):
        see_probe(g, observation, now)
    else:
        holding.put_back(g, observation, now)
