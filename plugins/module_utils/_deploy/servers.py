# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One real server enabled, drained or disabled, by the health monitor of this host."""

from __future__ import annotations

from typing import Callable

from .._lvs.host.ask import ask_patiently
from .outcome import Outcome

SOCKET = "/run/lvs/ldirectord.sock"
VERBS = {"enabled": "enable", "drained": "drain", "disabled": "disable"}
SLACK_S = 10.0  # a drain ends with its timeout: its answer comes after


def set_server(
    server: str,
    state: str,
    limits: tuple[int, int],
    is_check: bool,
    warn: Callable[[str], object],
    path: str = SOCKET,
) -> Outcome:
    """Have the server in that state; returns when the monitor confirms it. Raises ControlError.

    ``limits``: how many connections may be left, and the seconds that a drain may take. ``warn``
    is told what the operator may not have thought of.
    """
    verb, (max_connections, timeout_s) = VERBS[state], limits
    fields = {"server": server, "max_connections": max_connections, "is_check": is_check}
    answer = ask_patiently(path, verb, timeout_s, SLACK_S, fields)
    for sentence in answer["warnings"]:
        warn(sentence)
    outcome = Outcome()
    if answer["is_changed"]:
        before, after = _lines(answer["before"]), _lines(answer["after"])
        outcome.note(f"server {server}", before, after)
    outcome.values = {
        "server": server,
        "state": state,
        "servers": answer["servers"],
        "connections_left": answer["connections_left"],
        "other_directors": answer["other_directors"],
        "operations": [f"{verb} {server}"] if answer["is_changed"] else [],
    }
    return outcome


def _lines(states: dict[str, str]) -> str:
    return "".join(f"{server} {state}\n" for server, state in states.items())
