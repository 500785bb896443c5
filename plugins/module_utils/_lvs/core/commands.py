# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's standby, takeover and give, until what was asked stands or cannot: rule O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass

from .context import Context
from .events import Command, CommandDone
from .fitness import unfit_reason
from .group import GroupMachine
from .peers import Peer
from .states import CLAIMING

WITHIN_S = 15.0


@dataclass
class Pending:
    """A command under way; ``ends_at`` in monotonic seconds."""

    command: Command
    names: tuple[str, ...]
    ends_at: float


class Commands:
    """All commands under way on this node."""

    def __init__(self, context: Context) -> None:
        """None yet."""
        self._context = context
        self._pending: list[Pending] = []

    def take_in(self, command: Command, groups: Mapping[str, GroupMachine], now: float) -> None:
        """Begin a command, or refuse it at once with a sentence."""
        names = command.groups or tuple(groups)
        error = self._begin(command, names, groups, now)
        if error:
            self._context.emit(CommandDone(command.serial, error))
        else:
            self._pending.append(Pending(command, names, now + WITHIN_S))

    def evaluate(self, groups: Mapping[str, GroupMachine], now: float) -> None:
        """Answer the commands that ended."""
        for pending in list(self._pending):
            states = [_look(pending, groups.get(name), now) for name in pending.names]
            error = next((state for state in states if state not in ("", "wait")), "")
            if error or "wait" not in states:
                self._pending.remove(pending)
                _withdraw(pending, groups)
                self._context.emit(CommandDone(pending.command.serial, error))
            else:
                self._context.wake_at(pending.ends_at)

    def _begin(
        self,
        command: Command,
        names: tuple[str, ...],
        groups: Mapping[str, GroupMachine],
        now: float,
    ) -> str:
        begin = BEGIN.get(command.verb)
        if begin is None:
            return f"{command.verb} is no command of the agent: use {', '.join(BEGIN)}."
        unknown = [name for name in names if name not in groups]
        if unknown:
            return f"{unknown[0]} is no group of haresources: {', '.join(groups)}."
        moves = {name: copy(groups[name].move) for name in names}
        for name in names:
            groups[name].move.failure = ""
        refusals = (begin(groups[name], command.target, now) for name in names)
        refusal = next((said for said in refusals if said), "")
        if refusal:  # all of it or nothing
            for name, move in moves.items():
                groups[name].move = move
        return refusal


def _begin_standby(group: GroupMachine, dummy_target: str, now: float) -> str:
    if group.state not in CLAIMING:
        group.move.is_parked = True
        return ""
    words = [peer.word(group.group_id) for peer in group.others() if peer.is_living(now)]
    if not any(word and word.is_fit for word in words):
        return f"no other node is fit to take {group.name}: it stays here."
    group.move.is_parking = True
    return ""


def _begin_takeover(group: GroupMachine, dummy_target: str, now: float) -> str:
    group.move.is_parked = group.move.is_parking = False
    reason = unfit_reason(group, now)
    if reason:
        return f"{group.name} cannot be served here: {reason}"
    group.move.is_fetching = group.state not in CLAIMING
    return ""


def _begin_give(group: GroupMachine, target: str, now: float) -> str:
    """A planned move to the node that is named; nobody is parked."""
    if target == group.context.me:
        return _begin_takeover(group, target, now)
    peer = next((peer for peer in group.others() if peer.name == target), None)
    if peer is None:
        return f"{target or 'no node'} is none of {group.name}'s: {', '.join(group.config.order)}."
    holder = group.holder(now)
    if group.state not in CLAIMING:
        is_there = holder is peer or group.move.given_to == target
        ask = f"ask {holder.name}, which holds it" if holder else "nobody is heard to hold it"
        return "" if is_there else f"{group.name} is not held here: {ask}."
    return _begin_giving(group, peer, now)


def _begin_giving(group: GroupMachine, peer: Peer, now: float) -> str:
    word = peer.word(group.group_id)
    if not peer.is_living(now) or word is None or not word.is_fit:
        return f"{peer.name} is not fit to take {group.name}: it stays here."
    if group.move.other not in ("", peer.name):
        return f"{group.name} is being moved to {group.move.other}: wait for the end of that."
    group.move.give_to = peer.name
    return ""


BEGIN: dict[str, Callable[[GroupMachine, str, float], str]] = {
    "standby": _begin_standby,
    "takeover": _begin_takeover,
    "give": _begin_give,
}


def _look(pending: Pending, group: GroupMachine | None, now: float) -> str:
    """ "" when the group is as asked, ``wait``, or the sentence of the failure."""
    if group is None:
        return "the group was removed from the configuration."
    if _is_as_asked(pending.command, group, now):
        return ""
    is_giving = group.move.is_parking or bool(group.move.give_to)
    if is_giving and group.state == "holding" and not group.move.other:
        return f"{group.name} stays here: {group.move.failure or group.reason}"
    if now >= pending.ends_at:
        return f"{group.name} did not move within {WITHIN_S:.0f} s: {group.reason}"
    return "wait"


def _is_as_asked(command: Command, group: GroupMachine, now: float) -> bool:
    if command.verb == "standby":
        return group.move.is_parked and group.state not in CLAIMING
    if command.verb == "takeover" or command.target == group.context.me:
        return group.state == "holding"
    holder = group.holder(now)
    is_there = group.move.given_to == command.target or (holder and holder.name == command.target)
    return bool(is_there) and group.state not in CLAIMING


def _withdraw(pending: Pending, groups: Mapping[str, GroupMachine]) -> None:
    for name in pending.names:
        if name in groups:
            move = groups[name].move
            move.is_parking, move.is_fetching, move.give_to = False, False, ""
