# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cores with one rule broken: the simulator has to find each, or it proves nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import (
    context,
    events,
    group,
    holding,
    joining,
    moves,
    node,
    peers,
    taking,
    wire_question,
)

Mutant = Callable[[], Any]


def _never(*_: Any, **__: Any) -> bool:
    return False


def _always(*_: Any, **__: Any) -> bool:
    return True


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _hear_no_claims(g: group.GroupMachine, peer: Any, word: Any, now: float) -> None:
    g.see_term(word)


def _preference_beats_term(g: group.GroupMachine, peer: Any, word: Any, now: float) -> None:
    g.see_term(word)
    is_confirmed = moves.is_confirmation(g, peer, word)
    if word.term and g.term and not is_confirmed and not g.stands_before(peer):
        g.release(f"{peer.name} holds term {word.term}, mine was {g.term}.", now)


def _same_term(self: group.GroupMachine, by: int = 1) -> None:
    self.term = self.highest = max(self.highest, 1)


@contextlib.contextmanager
def _grab() -> Iterator[None]:
    """B2 by force: the primary takes what a later one holds."""
    real = taking.is_in_the_way

    def is_in_the_way(g: Any, peer: Any, at: float) -> bool:
        return not g.stands_before(peer) and real(g, peer, at)

    with patch.object(taking, "is_in_the_way", is_in_the_way):
        yield


MUTANTS: dict[str, Mutant] = {
    "F1 any life is believed": lambda: patch.object(
        peers.Peer, "_find_nonce", lambda dummy, value: peers.Nonce(10**9, value, 1e9)
    ),
    "F2 late datagrams are life": lambda: patch.object(peers.Peer, "_is_late", _never),
    "F2 counters are not looked at": lambda: patch.object(
        peers.Peer, "take_in", _take_in_without_counters
    ),
    "T1 takes what another holds": lambda: patch.object(taking, "is_in_the_way", _never),
    "T1 the term is not raised": lambda: patch.object(group.GroupMachine, "raise_term", _same_term),
    "T2 claims are not heard": lambda: patch.object(node, "hear", _hear_no_claims),
    "T2 preference beats term": lambda: patch.object(node, "hear", _preference_beats_term),
    "T4 the wire is not asked": lambda: patch.object(
        wire_question.WireQuestion, "is_silent", _always
    ),
    "T6 a holder ignores the wire": lambda: patch.object(holding, "see_foreign_answer", _nothing),
    "L1 leases are not renewed": lambda: patch.object(holding, "RENEW_EVERY_S", 1e9),
    "L3 a late wake is not noticed": lambda: patch.object(node, "wake_late", _nothing),
    "L3 what waited makes living": lambda: patch.object(context.Context, "start_waking", _nothing),
    "M2 the giver keeps the address": lambda: patch.object(moves, "MoveToLo", events.LoadTable),
    "M4 the giver never goes back": lambda: patch.object(moves, "_go_back", _nothing),
    "B2 nobody asks": lambda: patch.object(joining, "_is_failback_due", _never),
    "B2 the primary grabs": _grab,
}


def _take_in_without_counters(self: Any, message: Any, link: str, now: float) -> str:
    if self.life:
        self.life.counter = 0
        self.life.link_counters = {}
    return _TAKE_IN(self, message, link, now)


_TAKE_IN = peers.Peer.take_in
