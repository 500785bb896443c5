# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A planned move of one group, until the agent of this host confirms its end."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._lvs.core.errors import ControlError
from .._lvs.host.ask import ask
from .agent import NO_AGENT, SETTLED, SOCKET, Goal, Status, read_status, wait_for
from .outcome import Outcome

NOBODY = "nobody"
PARKED = "parked"


@dataclass(frozen=True)
class Move:
    """What a move of ``group`` to ``holder`` starts from: ``before`` holds it now, "" nobody."""

    group: str
    holder: str
    before: str
    is_settled: bool

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be done; a group under way is asked for even if it stands here."""
        return self.before != self.holder or not self.is_settled

    @property
    def words(self) -> str:
        """The plan."""
        return f"move {self.group} from {self.before or NOBODY} to {self.holder}"


def plan_move(status: Status, name: str, holder: str) -> Move:
    """Return the move by the agent's status; raises ControlError with what stands against it.

    Known here is whether this host itself can serve the group; of another the agents know.
    """
    groups: Mapping[str, Any] = status.get("groups", {})
    group, target = _plain(name), holder.lower()
    if group not in groups:
        known = ", ".join(sorted(groups)) or "none"
        raise ControlError(f"name: {name} is no group of this cluster; it has {known}.")
    found = groups[group]
    if target not in found["order"]:
        order = ", ".join(found["order"])
        raise ControlError(f"holder: {holder} is no director of the group {group}; it has {order}.")
    before = str(found.get("holder") or "")
    move = Move(group, target, before, found.get("state") in SETTLED)
    is_refused = status.get("node") == target and not found["is_fit"]
    if move.is_needed and is_refused and found.get("state") != PARKED:
        raise ControlError(f"{target} cannot serve {group} now: {found.get('reason')}")
    return move


def _plain(name: str) -> str:
    """Return an address as haresources names the group; another name as it is."""
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name.strip()


def move_group(
    name: str, holder: str, timeout_s: float, is_check: bool, path: str = SOCKET
) -> Outcome:
    """Have ``holder`` hold the group; returns when it does by this host's agent, or raises."""
    ends_at = time.monotonic() + timeout_s
    status = read_status(path)
    if status is None:
        raise ControlError(NO_AGENT)
    move = plan_move(status, name, holder)
    outcome = Outcome()
    if move.is_needed and not is_check:
        ask(path, "move", timeout_s, groups=[move.group], holder=move.holder)
        left_s = max(1.0, ends_at - time.monotonic())
        wait_for(Goal("holder", move.group, move.holder), left_s, path)
    if move.is_needed:
        outcome.note(f"group {move.group}", f"{move.before or NOBODY}\n", f"{move.holder}\n")
    outcome.values = {
        "group": move.group,
        "holder": move.holder,
        "previous": move.before,
        "operations": [move.words] if move.is_needed else [],
    }
    return outcome
