# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvsctl's verbs about real servers (drain, enable, disable), asked of the health monitor, and
their words."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, Callable

from .ctl_text import duration
from .host.ask import ask_patiently

DRAIN_TIMEOUT_S = 300
COMMAND_TIMEOUT_S = 30
SLACK_S = 10.0  # a drain ends with its timeout: its answer comes after

Server = dict[str, Any]
Run = Callable[[argparse.Namespace], str]


def add_server_verbs(verbs: Any, run: Run) -> None:  # noqa: ANN401  (argparse does not name it)
    """The verbs, each of which runs ``run``."""
    drain = verbs.add_parser(
        "drain", help="no new clients to a real server; wait, then take it out"
    )
    drain.add_argument("--max-connections", type=int, default=0, metavar="N")
    for verb, text in (
        ("enable", "have a real server back, as its checks say"),
        ("disable", "take a real server out at once, its connections too"),
    ):
        verbs.add_parser(verb, help=text)
    for verb in ("drain", "enable", "disable"):
        parser = verbs.choices[verb]
        usual = DRAIN_TIMEOUT_S if verb == "drain" else COMMAND_TIMEOUT_S
        parser.add_argument("server", metavar="SERVER", help="address, address:port or a name")
        parser.add_argument("--timeout", type=float, default=usual, metavar="S")
        parser.set_defaults(run=run)


def say(arguments: argparse.Namespace, path: str) -> str:
    """Do the verb; returns what came of it, in sentences."""
    fields = {"server": arguments.server}
    if arguments.verb == "drain":
        fields["max_connections"] = arguments.max_connections
    answer = ask_patiently(path, arguments.verb, arguments.timeout, SLACK_S, fields)
    return "\n".join(_sentences(arguments.verb, arguments.server, answer))


def _sentences(verb: str, server: str, answer: dict[str, Any]) -> Iterator[str]:
    if verb == "drain":
        yield f"{server} is drained: it is out, and {_left(answer['connections_left'])}."
    elif verb == "disable":
        yield f"{server} is disabled: it is out."
    else:
        yield f"{server} is enabled: {_serves(answer['servers'])}."
    if answer["other_directors"]:
        others = " and ".join(answer["other_directors"])
        yield f"Each director has its own word: say it on {others} too."
    for warning in answer["warnings"]:
        yield f"warning: {warning}"


def _left(count: int) -> str:
    if not count:
        return "no connection was left"
    return "1 connection was left" if count == 1 else f"{count} connections were left"


def _serves(servers: list[Server]) -> str:
    out = [server["server"] for server in servers if not server["is_up"]]
    if out:
        return f"{', '.join(out)} is back with the first good check"
    return "it serves"


def server_lines(answer: dict[str, Any]) -> Iterator[str]:
    """For the status: one line for each server that an operator keeps out, and what is wrong."""
    for server in answer["servers"]:
        if server["state"] != "enabled":
            yield f"server {server['server']}: {_state(server)}"
    if answer["error"]:
        yield f"warning: {answer['error']}"


def _state(server: Server) -> str:
    since = f"said {duration(server['since_s'])} ago"
    if server["is_draining"]:
        count, ends_in = server["connections"], duration(server["ends_in_s"])
        active = "1 active connection" if count == 1 else f"{count} active connections"
        return f"draining, {active}, out in {ends_in} at the latest ({since})"
    return f"{server['state']}, out ({since})"
