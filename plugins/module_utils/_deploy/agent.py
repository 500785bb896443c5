# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the heartbeat agent of this host: its status, and to wait until something holds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._lvs.core.errors import ControlError, LvsError
from .._lvs.host.ask import ask
from .files import read_text
from .outcome import Outcome

SOCKET = "/run/lvs/heartbeat.sock"
HA_CF = "/etc/ha.d/ha.cf"
POLL_S = 0.3
NO_AGENT = "no agent answers on this host; see `systemctl status lvs-heartbeat`."
SETTLED = ("holding", "standby", "parked", "unfit")
_ANSWER_S = 5.0

Status = Mapping[str, Any]


def read_status(path: str = SOCKET) -> dict[str, Any] | None:
    """Return the agent's status, None when no agent answers."""
    try:
        answer = ask(path, "status", timeout_s=_ANSWER_S)
    except ControlError:
        return None
    inner = answer.get("status", answer)
    return dict(inner) if isinstance(inner, Mapping) else {}


def held_groups(status: Status) -> list[str]:
    """Return the groups that this agent holds."""
    own = status.get("node")
    groups: Mapping[str, Any] = status.get("groups", {})
    return sorted(
        name
        for name, group in groups.items()
        if group.get("state") == "holding" or (own and group.get("holder") == own)
    )


def place(path: str = SOCKET) -> str:
    """Return "active" when this host's agent holds a group, "standby" when not, "none" of none."""
    status = read_status(path)
    if status is None:
        return "none"
    return "active" if held_groups(status) else "standby"


def silent_links(
    status: Status, links: Mapping[str, tuple[str, int]], within_s: float | None = None
) -> list[str]:
    """Return one sentence for each link on which a peer is not heard.

    ``links`` maps the name of each configured link -> (interface, UDP port). With ``within_s`` the
    last heartbeat must not be older than that.
    """
    own = status.get("node", "this director")
    return [
        f"{own} hears nothing from {peer} on {interface} udp {port}: cable, address or firewall?"
        for peer, node in sorted(status.get("nodes", {}).items())
        if peer != own
        for link, (interface, port) in links.items()
        if not _is_heard(node.get("links", {}).get(link, {}), within_s)
    ]


def _is_heard(link: Mapping[str, Any], within_s: float | None) -> bool:
    heard_s = link.get("heard_s")
    is_new = within_s is None or (heard_s is not None and heard_s <= within_s)
    return bool(link.get("is_up")) and is_new


def unsettled_groups(status: Status) -> list[str]:
    """Return one sentence for each group that nobody is known to hold, or that is moving."""
    own = status.get("node", "this director")
    return [
        f"{own}: the group {name} is {group.get('state')}"
        f"{'' if group.get('holder') else ' and held by nobody'} ({group.get('reason') or '?'})."
        for name, group in sorted(status.get("groups", {}).items())
        if not group.get("holder") or group.get("state") not in SETTLED
    ]


def unready_groups(status: Status) -> list[str]:
    """Return one sentence for each group that this agent would not take if nobody held it."""
    own = status.get("node", "this director")
    return [
        f"{own}: would not take the group {name} yet ({_why_not(group)})."
        for name, group in sorted(status.get("groups", {}).items())
        if not group.get("is_past_grace") or not group.get("is_fit")
    ]


def _why_not(group: Mapping[str, Any]) -> str:
    if not group.get("is_fit"):
        return f"not fit: {group.get('unfit_reason') or '?'}"
    return "just started: it listens for initdead"


def wrong_holders(status: Status, group: str, holder: str) -> list[str]:
    """Return one sentence for each group (of all if "") that ``holder`` does not hold."""
    groups: Mapping[str, Any] = status.get("groups", {})
    if group and group not in groups:
        known = ", ".join(sorted(groups)) or "none"
        return [f"group: {group} is no group of this cluster; it has {known}."]
    return [
        f"the group {name} is held by {found.get('holder') or 'nobody'}, not by {holder}."
        for name, found in sorted(groups.items())
        if group in ("", name) and found.get("holder") != holder.lower()
    ]


def read_links(path: str = HA_CF) -> dict[str, tuple[str, int]]:
    """Return link name -> (interface, UDP port) from ha.cf, {} where it cannot be read."""
    from .._lvs.config import ha_cf  # noqa: PLC0415  (only who waits needs the parser)

    try:
        found = ha_cf.parse(read_text(path) or "", path).links
    except LvsError:
        return {}
    return {link.name: (link.interface, link.port) for link in found}


@dataclass(frozen=True)
class Goal:
    """What is waited for: ``kind`` linked, stable, ready or holder (of ``group``, "" being all)."""

    kind: str
    group: str = ""
    holder: str = ""

    def missing(self, status: Status | None, waited_s: float = 0.0) -> list[str]:
        """Return what is not yet so, in sentences; [] when the goal is reached.

        ``linked`` asks for a heartbeat of the last ``waited_s``: one that came before a key or a
        file was changed says nothing of how things are after it.
        """
        if status is None:
            return [NO_AGENT]
        if self.kind == "holder":
            return wrong_holders(status, self.group, self.holder)
        if self.kind == "ready":
            return unready_groups(status)
        within_s = waited_s if self.kind == "linked" else None
        silent = silent_links(status, read_links(), within_s)
        return silent if silent or self.kind == "linked" else unsettled_groups(status)


def wait_for(goal: Goal, timeout_s: float, path: str = SOCKET) -> None:
    """Return when the goal is reached; raises ControlError with what is missing when time is up."""
    started = time.monotonic()
    missing = goal.missing(read_status(path))
    while missing and time.monotonic() < started + timeout_s:
        time.sleep(POLL_S)
        waited_s = time.monotonic() - started
        missing = goal.missing(read_status(path), waited_s)
    if missing:
        raise ControlError("\n".join(missing))


def inform(goal: Goal | None, timeout_s: float, is_check: bool) -> Outcome:
    """Return what heartbeat_info answers; waits first when there is something to wait for.

    In check mode nothing was changed, so that there is nothing to wait for.
    """
    if goal and not is_check:
        wait_for(goal, timeout_s)
    status = read_status()
    held = held_groups(status or {})
    return Outcome(
        values={
            "is_running": status is not None,
            "status": status or {},
            "held": held,
            "is_holder": bool(held),
        }
    )
