# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's standby and takeover, until what was asked stands or cannot."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from .context import Context
from .events import Command, CommandDone
from .fitness import unfit_reason
from .group import GroupMachine
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
        if command.verb not in ("standby", "takeover"):
            return f"{command.verb} is no command of the agent: standby or takeover."
        unknown = [name for name in names if name not in groups]
        if unknown:
            return f"{unknown[0]} is no group of haresources: {', '.join(groups)}."
        begin = _begin_standby if command.verb == "standby" else _begin_takeover
        moves = {name: copy(groups[name].move) for name in names}
        refusal = next((said for name in names if (said := begin(groups[name], now))), "")
        if refusal:  # all of it or nothing
            for name, move in moves.items():
                groups[name].move = move
        return refusal


def _begin_standby(group: GroupMachine, now: float) -> str:
    if group.state not in CLAIMING:
        group.move.is_parked = True
        return ""
    words = [peer.word(group.group_id) for peer in group.others() if peer.is_living(now)]
    if not any(word and word.is_fit for word in words):
        return f"no other node is fit to take {group.name}: it stays here."
    group.move.is_parking = True
    return ""


def _begin_takeover(group: GroupMachine, now: float) -> str:
    group.move.is_parked = group.move.is_parking = False
    reason = unfit_reason(group, now)
    if reason:
        return f"{group.name} cannot be served here: {reason}"
    group.move.is_fetching = group.state not in CLAIMING
    return ""


def _look(pending: Pending, group: GroupMachine | None, now: float) -> str:
    """ "" when the group is as asked, ``wait``, or the sentence of the failure."""
    if group is None:
        return "the group was removed from the configuration."
    if pending.command.verb == "standby":
        if group.move.is_parked and group.state not in CLAIMING:
            return ""
        if group.state == "holding" and not group.move.other:
            return f"{group.name} stays here: {group.reason}"
    elif group.state == "holding":
        return ""
    if now >= pending.ends_at:
        return f"{group.name} did not move within {WITHIN_S:.0f} s: {group.reason}"
    return "wait"


def _withdraw(pending: Pending, groups: Mapping[str, GroupMachine]) -> None:
    for name in pending.names:
        if name in groups:
            groups[name].move.is_parking = groups[name].move.is_fetching = False
