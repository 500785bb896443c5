# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ha.cf of Linux-HA: nodes, times and the links that heartbeats take.

Words end at blanks, tabs and commas, ``#`` ends a line anywhere, nothing is quoted. What the old
program knew and this one does not is refused by name when leaving it out would change what the
cluster does, and only warned of otherwise (docs/reference/configuration.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.cluster import Link
from .ha_links import DEFAULT_PORT, KINDS, LinkLine, port_number, read_links
from .problems import Problems, duration_s, suggestion, truth

DEFAULT_KEEPALIVE_S = 1.0
DEFAULT_DEADTIME_S = 30.0
MIN_KEEPALIVE_S = 0.01
_TIMES = ("keepalive", "warntime", "deadtime", "initdead")
_NODE_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")

_JOURNAL = "the log goes to the journal of lvs-heartbeat.service"
_NO_EFFECT = {
    "logfile": _JOURNAL,
    "logfacility": _JOURNAL,
    "debug": _JOURNAL,
    "debugfile": _JOURNAL,
    "use_logd": _JOURNAL,
    "conn_logd_time": _JOURNAL,
    "syslogmsgfmt": _JOURNAL,
    "watchdog": "systemd restarts a stuck agent (WatchdogSec of lvs-heartbeat.service)",
    "realtime": "a late agent yields by rule L3 instead",
    "rtprio": "a late agent yields by rule L3 instead",
    "memreserve": "a late agent yields by rule L3 instead",
    "compression": "a heartbeat always fits one datagram",
    "compression_threshold": "a heartbeat always fits one datagram",
    "traditional_compression": "a heartbeat always fits one datagram",
    "msgfmt": "there is one message format",
    "max_rexmit_delay": "nothing is sent twice: the next heartbeat says it all",
    "hopfudge": "nothing is forwarded",
    "baud": "there are no serial links",
    "uuidfrom": "each start draws a random boot id",
    "hbgenmethod": "each start draws a random boot id",
    "coredumps": "see systemd-coredump",
    "apiauth": "lvsctl is for root only",
    "failfast": "an agent that dies is restarted by systemd",
    "deadping": "there are no ping nodes",
}
_REFUSED = {
    "ping": "ping nodes are not supported yet: remove the line",
    "ping_group": "ping nodes are not supported yet: remove the line",
    "hbaping": "Fibre Channel ping nodes are not supported: remove the line",
    "respawn": "let systemd start that program: write a unit for it and remove the line",
    "stonith": "write `fence COMMAND` in lvs.cf instead",
    "stonith_host": "write `fence COMMAND` in lvs.cf instead",
    "serial": "there are no serial links: write a second ucast line over another interface",
    "qserver": "quorum servers are not supported: remove the line",
    "crm_daemon_dir": "Pacemaker clusters are not run by this agent: remove the line",
    "crmd_spawns_pengine": "Pacemaker clusters are not run by this agent: remove the line",
}


@dataclass(frozen=True)
class HaCf:
    """What an ha.cf says. Times in seconds; ``is_auto_failback`` None where the file leaves it out
    or says legacy."""

    nodes: tuple[str, ...]
    keepalive_s: float
    warntime_s: float
    deadtime_s: float
    initdead_s: float
    links: tuple[Link, ...]
    is_auto_failback: bool
    warnings: tuple[str, ...] = ()
    # The line of each directive that later checks name (the last one that counts).
    lines: dict[str, int] = field(default_factory=dict)


@dataclass
class _Draft:
    """What has been read so far."""

    problems: Problems
    nodes: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)
    ports: list[tuple[int, int]] = field(default_factory=list)
    links: list[tuple[int, str, list[str]]] = field(default_factory=list)
    failback: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def parse(text: str, path: str) -> HaCf:
    """Read an ha.cf; raises ConfigError with one ``path:line: sentence`` for each problem."""
    draft = _Draft(Problems(path))
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].replace(",", " ").split()
        if words:
            _read_line(draft, number, words)
    result = _finish(draft)
    draft.problems.raise_if_any()
    return result


def _read_line(draft: _Draft, number: int, words: list[str]) -> None:
    name, arguments = words[0].lower(), words[1:]
    problems = draft.problems
    if name.startswith("//"):
        problems.warn(number, "a comment begins with #, not with //; the line is ignored.")
    elif name in _READERS:
        if not arguments:
            problems.add(number, f"{name} says nothing: give it a value or remove the line.")
            return
        draft.lines[name] = number
        _READERS[name](draft, number, name, arguments)
    elif name in _NO_EFFECT:
        problems.warn(number, f"{name} has no effect here: {_NO_EFFECT[name]}.")
    elif name in _REFUSED:
        problems.add(number, f"{name} cannot be used: {_REFUSED[name]}.")
    else:
        hint = suggestion(name, (*_READERS, *_NO_EFFECT, *_REFUSED))
        problems.add(number, f"unknown directive {name}{hint}: correct or remove the line.")


def _read_nodes(draft: _Draft, number: int, _name: str, arguments: list[str]) -> None:
    for node in arguments:
        lower = node.lower()
        if not _NODE_NAME.fullmatch(lower):
            draft.problems.add(number, f"{node} is no host name: write what `uname -n` prints.")
        elif lower not in draft.nodes:
            draft.nodes.append(lower)


def _read_time(draft: _Draft, number: int, name: str, arguments: list[str]) -> None:
    seconds = duration_s("".join(arguments))
    if seconds is None:
        draft.problems.add(
            number,
            f"{name} {' '.join(arguments)} is no time: write seconds (2) or milliseconds (200ms).",
        )
    else:
        draft.times[name] = seconds


def _read_port(draft: _Draft, number: int, _name: str, arguments: list[str]) -> None:
    port = port_number(arguments[0])
    if port is None:
        draft.problems.add(number, f"udpport {arguments[0]} is no port: write 1 to 65535.")
    else:
        draft.ports.append((number, port))


def _read_link(draft: _Draft, number: int, name: str, arguments: list[str]) -> None:
    draft.links.append((number, name, arguments))


def _read_failback(draft: _Draft, number: int, name: str, arguments: list[str]) -> None:
    value = arguments[0].lower()
    if name == "auto_failback" and value == "legacy":
        draft.failback[name] = value
    elif truth(value) is None:
        draft.problems.add(number, f"{name} {value} is neither on nor off: write one of them.")
    else:
        draft.failback[name] = "on" if truth(value) else "off"


def _read_crm(draft: _Draft, number: int, name: str, arguments: list[str]) -> None:
    if truth(arguments[0]) is not False:
        draft.problems.add(
            number,
            f"{name} {arguments[0]} hands the resources to Pacemaker, where haresources does not "
            "count: this agent cannot take over such a cluster.",
        )


def _read_autojoin(draft: _Draft, number: int, _name: str, arguments: list[str]) -> None:
    if arguments[0].lower() != "none":
        draft.problems.add(number, "autojoin is not supported: name every director in node lines.")


_READERS: dict[str, Callable[[_Draft, int, str, list[str]], None]] = {
    "node": _read_nodes,
    **dict.fromkeys(_TIMES, _read_time),
    "udpport": _read_port,
    **dict.fromkeys(KINDS, _read_link),
    "auto_failback": _read_failback,
    "nice_failback": _read_failback,
    "crm": _read_crm,
    "pacemaker": _read_crm,
    "autojoin": _read_autojoin,
}


def _finish(draft: _Draft) -> HaCf:
    if not draft.nodes:
        draft.problems.add(0, "names no node: write `node NAME` for each director.")
    if not draft.links:
        draft.problems.add(0, "names no link: write `ucast INTERFACE ADDRESS` for each peer.")
    deadtime = draft.times.get("deadtime", DEFAULT_DEADTIME_S)
    result = HaCf(
        nodes=tuple(draft.nodes),
        keepalive_s=draft.times.get("keepalive", DEFAULT_KEEPALIVE_S),
        warntime_s=draft.times.get("warntime", deadtime / 2),
        deadtime_s=deadtime,
        initdead_s=draft.times.get("initdead", _default_initdead_s(deadtime)),
        links=read_links(_link_lines(draft), draft.problems),
        is_auto_failback=_is_auto_failback(draft),
        warnings=(),
        lines=draft.lines,
    )
    _check_times(draft, result)
    return HaCf(**{**result.__dict__, "warnings": draft.problems.warnings})


def _default_initdead_s(deadtime_s: float) -> float:
    """What heartbeat 3 takes where the file leaves it out."""
    if deadtime_s > 10:
        return deadtime_s
    return 12.0 if deadtime_s < 6 else 2 * deadtime_s


def _check_times(draft: _Draft, found: HaCf) -> None:
    lines, add = draft.lines, draft.problems.add
    if found.keepalive_s < MIN_KEEPALIVE_S:
        add(lines.get("keepalive", 0), "keepalive is below 10 ms: write 10ms or more.")
    if found.deadtime_s <= 2 * found.keepalive_s:
        add(
            lines.get("deadtime", lines.get("keepalive", 0)),
            f"deadtime ({found.deadtime_s:g} s) must be more than twice keepalive "
            f"({found.keepalive_s:g} s): raise deadtime or lower keepalive.",
        )
    if not found.keepalive_s < found.warntime_s < found.deadtime_s and "warntime" in lines:
        add(
            lines["warntime"],
            f"warntime ({found.warntime_s:g} s) must lie between keepalive ({found.keepalive_s:g} "
            f"s) and deadtime ({found.deadtime_s:g} s).",
        )
    if found.initdead_s < found.deadtime_s:
        add(
            lines.get("initdead", 0),
            f"initdead ({found.initdead_s:g} s) must be at least deadtime ({found.deadtime_s:g} "
            "s): raise initdead.",
        )


def _is_auto_failback(draft: _Draft) -> bool:
    """``nice_failback on`` is ``auto_failback off``; legacy, or none, reads as on."""
    auto, nice = draft.failback.get("auto_failback"), draft.failback.get("nice_failback")
    line = draft.lines.get("nice_failback", 0)
    if auto in ("on", "off") and nice == auto:
        draft.problems.add(
            line,
            f"nice_failback {nice} contradicts auto_failback {auto} of line "
            f"{draft.lines['auto_failback']}: remove one of them.",
        )
    if auto in ("on", "off"):
        return auto == "on"
    if nice is not None:
        return nice == "off"
    said = "auto_failback legacy" if auto else "no auto_failback"
    draft.problems.warn(
        draft.lines.get("auto_failback", 0),
        f"{said} is read as `auto_failback on`: write on or off to say what you want.",
    )
    return True


def _link_lines(draft: _Draft) -> list[LinkLine]:
    """``udpport`` counts for the links after it; one that stands behind them all counts too."""
    first = draft.ports[0][1] if draft.ports else DEFAULT_PORT
    found: list[LinkLine] = []
    for number, kind, words in draft.links:
        before = [port for line, port in draft.ports if line < number]
        found.append((number, kind, words, before[-1] if before else first))
    return found
