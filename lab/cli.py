# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: verbs in, text and exit code out, in this one place."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from lab import operations, ssh, wire
from lab.errors import LabError
from lab.faults import interfaces_of
from lab.guest import is_running
from lab.image import HOST, KINDS, ensure_image
from lab.running import Lab
from lab.state import Faults, Store, existing_labs
from lab.topology import load_topology

Verb = Callable[[argparse.Namespace], int | None]

DEFAULT_TOPOLOGY = Path(__file__).parent / "topologies" / "paper.yml"
DEFAULT_NAME = "laico"
_ROW = "{name:12} {group:10} {address:15} {power:6} cpu {cpu}\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; 0 when it did what it says, 1 with one sentence on stderr otherwise."""
    options = _parser().parse_args(argv)
    try:
        status: int = options.verb(options) or 0
        return status
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("lab: interrupted; 'lab up' goes on from here, 'lab down' cleans up\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("--name", help="which lab (default: the only one, $LAB_NAME, or laico)")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Verb, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(verb=run)
        return sub

    up = verb("up", _up, "start a lab, or what is missing of it")
    up.add_argument("topology", nargs="?", type=Path, default=None)
    up.add_argument(
        "--disc",
        action="append",
        default=[],
        metavar="HOST=NAME",
        type=_host_and_disc,
        help="in a new lab: start the host from a disc that keep-disc has kept",
    )
    verb("down", _down, "end a lab and remove its files")
    verb("status", _status, "say what runs").add_argument("--json", action="store_true")
    verb("ssh", _ssh, "open a shell on a host").add_argument("host")
    run = verb("exec", _exec, "run a command (one word: a shell script) on a host")
    run.add_argument("host")
    run.add_argument("command", nargs=argparse.REMAINDER)
    inside = verb("enter", _enter, "run a command in the lab's network namespace")
    inside.add_argument("command", nargs=argparse.REMAINDER)
    verb("inventory", _inventory, "print the Ansible inventory")
    image = verb("image", _image, "build the guests' disc and print its folder")
    image.add_argument("kind", nargs="?", choices=list(KINDS), default=HOST.name)
    keep = verb("keep-disc", _keep_disc, "keep a host's disc for later labs (it restarts)")
    keep.add_argument("host")
    keep.add_argument("disc", help="its name; an older one of that name is replaced")
    verb("power-off", _power_off, "cut a host's power").add_argument("host")
    on = verb("power-on", _power_on, "switch a host on and wait for its sshd")
    on.add_argument("host")
    on.add_argument("--no-wait", action="store_true", help="return once its kernel runs")
    verb("freeze", _freeze, "stop a host's time").add_argument("host")
    verb("thaw", _thaw, "let a frozen host go on").add_argument("host")
    fault = verb("fault", _fault, "set all that is wrong with a host's wire; no option: nothing")
    fault.add_argument("host")
    fault.add_argument("--loss", type=float, default=0.0, metavar="PERCENT", help="each way")
    fault.add_argument("--delay", type=float, default=0.0, metavar="MS", help="of what it sends")
    fault.add_argument("--partition-from", action="append", default=[], metavar="HOST")
    fault.add_argument("--one-way", action="store_true", help="only deaf to it, not unheard")
    fault.add_argument("--interface", action="append", default=[], metavar="ETH")
    fault.add_argument("--network", action="append", default=[])
    link = verb("link", _link, "plug or unplug an interface's cable")
    link.add_argument("host")
    link.add_argument("interface")
    link.add_argument("state", choices=["up", "down"])
    return parser


def _store(options: argparse.Namespace) -> Store:
    return Store(options.name or _default_name())


def _default_name() -> str:
    labs = existing_labs()
    return os.environ.get("LAB_NAME") or (labs[0] if len(labs) == 1 else DEFAULT_NAME)


def _report(text: str) -> None:
    sys.stderr.write(f"lab: {text}\n")
    sys.stderr.flush()


def _up(options: argparse.Namespace) -> None:
    path = options.topology or DEFAULT_TOPOLOGY
    topology = load_topology(path)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    store = Store(options.name or topology.name)
    operations.up(store, data, _report, dict(options.disc))
    _report(f"inventory: {store.directory / 'inventory.yml'}")


def _down(options: argparse.Namespace) -> None:
    store = _store(options)
    started = time.monotonic()
    if operations.down(store):
        _report(f"the lab {store.name} is down after {time.monotonic() - started:.1f} s")
    else:
        _report(f"the lab {store.name} is not up; nothing to do")


def _status(options: argparse.Namespace) -> int:
    store = _store(options)
    state = store.load()
    if state is None:
        _report(f"the lab {store.name} is not up")
        return 3
    lab = Lab(store, state)
    rows = [_status_row(lab, host.name) for host in lab.topology.hosts]
    if options.json:
        keeper = state.keeper.pid if state.keeper and state.keeper.is_alive() else None
        sys.stdout.write(json.dumps({"name": state.name, "keeper": keeper, "hosts": rows}) + "\n")
    else:
        for row in rows:
            sys.stdout.write(_ROW.format(**{**row, "group": row["group"] or "-"}))
    return 0


def _status_row(lab: Lab, name: str) -> dict[str, Any]:
    host = lab.topology.host(name)
    guest = lab.state.guests[name]
    power = "frozen" if guest.is_frozen else "on"
    return {
        "name": name,
        "group": host.group,
        "address": host.address,
        "power": power if is_running(guest) else "off",
        "cpu": guest.cpu,
        "pid": guest.process.pid if guest.process else None,
    }


def _ssh(options: argparse.Namespace) -> None:
    lab = Lab.load(_store(options))
    host = lab.topology.host(options.host)
    os.execvp("ssh", ssh.ssh_argv(host, lab.ssh_options, []))


def _exec(options: argparse.Namespace) -> None:
    lab = Lab.load(_store(options))
    host = lab.topology.host(options.host)
    os.execvp("ssh", ssh.ssh_argv(host, lab.ssh_options, _command(options.command)))


def _enter(options: argparse.Namespace) -> None:
    lab = Lab.load(_store(options))
    enter = str(lab.store.directory / "enter")
    os.execv(enter, [enter, *_command(options.command)])


def _command(words: list[str]) -> list[str]:
    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        raise LabError("no command given; write it after --")
    return command


def _inventory(options: argparse.Namespace) -> None:
    sys.stdout.write(Lab.load(_store(options)).inventory())


def _image(options: argparse.Namespace) -> None:
    sys.stdout.write(f"{ensure_image(_report, KINDS[options.kind]).directory}\n")


def _host_and_disc(text: str) -> tuple[str, str]:
    host, _equals, disc = text.partition("=")
    return host, disc


def _keep_disc(options: argparse.Namespace) -> None:
    operations.keep_disc(_store(options), options.host, options.disc, _report)


def _power_off(options: argparse.Namespace) -> None:
    operations.cut_power(_store(options), options.host)


def _power_on(options: argparse.Namespace) -> None:
    operations.give_power(_store(options), options.host, _report, is_waiting=not options.no_wait)


def _freeze(options: argparse.Namespace) -> None:
    operations.freeze(_store(options), options.host, is_frozen=True)


def _thaw(options: argparse.Namespace) -> None:
    operations.freeze(_store(options), options.host, is_frozen=False)


def _fault(options: argparse.Namespace) -> None:
    store = _store(options)
    host = Lab.load(store).topology.host(options.host)
    faults = Faults(
        loss_percent=options.loss,
        delay_ms=options.delay,
        partition_from=options.partition_from,
        is_one_way=options.one_way,
        interfaces=interfaces_of(host, options.interface, options.network),
    )
    wire.set_faults(store, options.host, faults)


def _link(options: argparse.Namespace) -> None:
    wire.set_link(_store(options), options.host, options.interface, is_up=options.state == "up")
