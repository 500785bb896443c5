# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvsctl: asks and tells the daemons of this director. ``python3 -m laico_lvs.ctl``

Exit codes: 0 it is done or so; 1 it is not (the sentence on stderr says why); 2 wrong use, or a
configuration that cannot be used.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from .core.errors import ConfigError, ControlError, LvsError
from .ctl_servers import add_server_verbs, say, server_lines
from .ctl_text import status_text
from .host import ownership
from .host.addresses import Addresses
from .host.ask import ask
from .host.holdings import remove_leftovers
from .places import OWNER, Places, package_digest

EXIT_NOT_DONE = 1
EXIT_WRONG = 2
COMMAND_TIMEOUT_S = 30.0
STATUS_TIMEOUT_S = 5.0
GROUPS = "all|local|foreign|GROUP"


def main(argv: Sequence[str] | None = None) -> int:
    """Do one verb; gives the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        text = str(arguments.run(arguments))
    except LvsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_WRONG if isinstance(error, ConfigError) else EXIT_NOT_DONE
    if text:
        sys.stdout.write(f"{text}\n")
    return 0


def _check(arguments: argparse.Namespace) -> str:
    from .configuration import check  # noqa: PLC0415  (only this verb pays for the parsers)

    return check(arguments.directory or arguments.config_dir, arguments.node)


def _status(arguments: argparse.Namespace) -> str:
    status = _ask(arguments, "status", STATUS_TIMEOUT_S)["status"]
    servers = _servers(arguments)
    if arguments.json:
        return json.dumps({**status, "servers": servers["servers"]}, indent=2)
    return "\n".join([status_text(status), *server_lines(servers)])


def _servers(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the health monitor says of the real servers; of one that does not answer, or is of an
    earlier release, the agent's status tells what there is to tell."""
    try:
        return ask(_places(arguments).monitor_socket, "servers", STATUS_TIMEOUT_S)
    except ControlError:
        return {"servers": [], "error": ""}


def _say_of_server(arguments: argparse.Namespace) -> str:
    return say(arguments, _places(arguments).monitor_socket)


def _command(arguments: argparse.Namespace) -> str:
    # Without names, as an agent of the first release has it: a package is changed under it.
    groups = [] if arguments.groups == ["all"] else arguments.groups
    _ask(arguments, arguments.verb, arguments.timeout, groups=groups)
    return ""


def _move(arguments: argparse.Namespace) -> str:
    fields = {"groups": [arguments.group], "holder": arguments.holder}
    _ask(arguments, "move", arguments.timeout, **fields)
    return ""


def _wait(arguments: argparse.Namespace) -> str:
    fields = {"for": arguments.what[0]}
    if arguments.what[0] == "holder":
        if len(arguments.what) != 3:
            raise ConfigError("write `lvsctl wait holder GROUP NODE`.")
        fields.update(group=arguments.what[1], holder=arguments.what[2])
    elif arguments.what[0] not in ("linked", "stable") or len(arguments.what) > 1:
        raise ConfigError("write `lvsctl wait linked`, `stable` or `holder GROUP NODE`.")
    _ask(arguments, "wait", arguments.timeout, **fields)
    return ""


def _reload(arguments: argparse.Namespace) -> str:
    reply = _ask(arguments, "reload", COMMAND_TIMEOUT_S)
    return "\n".join(f"warning: {warning}" for warning in reply["warnings"])


def _package_digest(_arguments: argparse.Namespace) -> str:
    return package_digest()


def _scrub(arguments: argparse.Namespace) -> str:
    """Remove the addresses that a dead agent left; only those that its record names."""
    owner = ownership.read(_places(arguments).owned).addresses.get(OWNER)
    if owner is None:
        return ""
    if ownership.is_running(owner):
        raise ControlError(f"lvs-heartbeat (pid {owner.pid}) runs and owns them: stop it first.")
    with Addresses() as kernel:
        removed = remove_leftovers(kernel, set(owner.addresses))
    return "\n".join(f"removed {held.address} from {held.interface}" for held in removed)


def _ask(
    arguments: argparse.Namespace, verb: str, timeout_s: float, **fields: object
) -> dict[str, Any]:
    path = _places(arguments).control_socket
    return ask(path, verb, timeout_s, **fields)


def _places(arguments: argparse.Namespace) -> Places:
    return Places(config=arguments.config_dir, runtime=arguments.runtime_dir)


def _parser() -> argparse.ArgumentParser:
    places = Places()
    parser = argparse.ArgumentParser(prog="lvsctl", description="Ask and tell this director.")
    parser.add_argument("--config-dir", default=places.config, help="default: %(default)s")
    parser.add_argument("--runtime-dir", default=places.runtime, help="default: %(default)s")
    parser.add_argument("--node", default=os.uname().nodename, help="default: uname -n")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    check = verbs.add_parser("check", help="say all that is wrong with the configuration")
    check.add_argument("directory", nargs="?", help="default: the configuration in use")
    check.set_defaults(run=_check)

    status = verbs.add_parser("status", help="who holds what, who is heard on which link")
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(run=_status)

    for verb, text in (
        ("standby", "give groups away; they are not taken back before `lvsctl takeover`"),
        ("takeover", "fetch groups"),
    ):
        command = verbs.add_parser(verb, help=text)
        command.add_argument("groups", nargs="*", metavar=GROUPS, help="default: all")
        command.add_argument("--timeout", type=float, default=COMMAND_TIMEOUT_S, metavar="S")
        command.set_defaults(run=_command)

    move = verbs.add_parser("move", help="have NODE hold a group, here or on its holder")
    move.add_argument("group", metavar=GROUPS)
    move.add_argument("holder", metavar="NODE")
    move.add_argument("--timeout", type=float, default=COMMAND_TIMEOUT_S, metavar="S")
    move.set_defaults(run=_move)

    wait = verbs.add_parser("wait", help="wait until something holds, or say what is missing")
    wait.add_argument("what", nargs="+", help="linked, stable, or holder GROUP NODE")
    wait.add_argument("--timeout", type=float, default=COMMAND_TIMEOUT_S, metavar="S")
    wait.set_defaults(run=_wait)

    add_server_verbs(verbs, _say_of_server)
    verbs.add_parser("reload", help="read the configuration anew").set_defaults(run=_reload)
    digest = verbs.add_parser("package-digest", help="which package this is")
    digest.set_defaults(run=_package_digest)
    scrub = verbs.add_parser("scrub", help="remove the addresses that a dead agent left")
    scrub.set_defaults(run=_scrub)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
