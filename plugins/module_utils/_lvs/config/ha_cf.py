# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ha.cf of Linux-HA: nodes, times, the links that heartbeats take, and hosts to ping.

Words end at blanks, tabs and commas, ``#`` ends a line anywhere, nothing is quoted. What the old
program knew and this one does not is refused by name when leaving it out would change what the
cluster does, and only warned of otherwise (docs/reference/configuration.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.cluster import Link
from .ha_draft import Draft, PingLine
from .ha_links import DEFAULT_PORT, KINDS, LinkLine, port_number, read_links
from .ha_pings import read_ping, read_ping_group
from .ha_times import NAMES as TIMES
from .ha_times import check_times, fill_in, read_time
from .ha_words import NO_EFFECT, REFUSED, child_needless, child_unit
from .problems import Problems, suggestion, truth, whole_number

MAX_CLUSTER_BYTES = 32
MAX_PRIORITY = 99  # of SCHED_RR (sched(7))
DEFAULT_PRIORITY = 1
_NODE_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class HaCf:
    """What an ha.cf says. Times in seconds; ``realtime_priority`` 0 where the file says off."""

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
    cluster: str | None = None
    pings: tuple[PingLine, ...] = ()
    deadping_s: float = 0.0
    realtime_priority: int = DEFAULT_PRIORITY
    # Directives that stand in the file and cannot be used: what they would say is not known.
    broken: frozenset[str] = frozenset()


def parse(text: str, path: str) -> HaCf:
    """Read an ha.cf; raises ConfigError with one ``path:line: sentence`` for each problem."""
    problems = Problems(path)
    result = read(text, problems)
    problems.raise_if_any()
    return HaCf(**{**result.__dict__, "warnings": problems.warnings})


def read(text: str, problems: Problems) -> HaCf:
    """As ``parse``, but what is wrong goes to ``problems`` and the rest is read all the same."""
    draft = Draft(problems, priority=DEFAULT_PRIORITY)
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].replace(",", " ").split()
        if words:
            _read_line(draft, number, words)
    return _finish(draft)


def _read_line(draft: Draft, number: int, words: list[str]) -> None:
    name, arguments = words[0].lower(), words[1:]
    problems = draft.problems
    if name.startswith("//"):
        problems.warn(number, "a comment begins with #, not with //; the line is ignored.")
    elif name in READERS:
        _read_directive(draft, number, name, arguments)
    elif name in ("respawn", "failfast"):
        _read_child(draft, number, name, arguments)
    elif name in NO_EFFECT:
        problems.warn(number, f"{name} has no effect here: {NO_EFFECT[name]}.")
    elif name in REFUSED:
        problems.add(number, f"{name} cannot be used: {REFUSED[name]} and remove the line.")
    else:
        hint = suggestion(name, (*READERS, *NO_EFFECT, *REFUSED))
        problems.add(number, f"unknown directive {name}{hint}: correct or remove the line.")


def _read_directive(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    if not arguments:
        draft.refuse(number, name, f"{name} says nothing: give it a value or remove the line.")
        return
    if name in draft.lines and name in _ONCE:
        draft.problems.warn(
            number, f"{name} stands in line {draft.lines[name]} too: this line counts."
        )
    draft.lines[name] = number
    READERS[name](draft, number, name, arguments)


def _read_child(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    """``respawn USER COMMAND...``: systemd starts programs, this agent does not."""
    needless = child_needless(arguments)
    if needless:
        draft.problems.warn(number, f"{name} {' '.join(arguments)} has no effect here: {needless}.")
        return
    unit = child_unit(name, arguments)
    how = f", for example by: {unit}" if unit else "."
    draft.problems.add(number, f"{name} cannot be used: {REFUSED[name]} and remove the line{how}")


def _read_cluster(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    if is_cluster_name(arguments):
        draft.words[name] = arguments[0]
    else:
        draft.refuse(number, name, CLUSTER_NAME_SENTENCE)


def is_cluster_name(words: list[str]) -> bool:
    """Whether the words are one name that fits a heartbeat."""
    return (
        len(words) == 1
        and bool(_CLUSTER.fullmatch(words[0]))
        and len(words[0]) <= MAX_CLUSTER_BYTES
    )


CLUSTER_NAME_SENTENCE = (
    f"write the cluster's name as one word of at most {MAX_CLUSTER_BYTES} letters, digits, "
    "dots, hyphens and underscores."
)


def _read_nodes(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    for node in arguments:
        lower = node.lower()
        if not _NODE_NAME.fullmatch(lower):
            draft.refuse(number, name, f"{node} is no host name: write what `uname -n` prints.")
        elif lower not in draft.nodes:
            draft.nodes.append(lower)


def _read_port(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    port = port_number(arguments[0])
    if port is None:
        draft.refuse(number, name, f"udpport {arguments[0]} is no port: write 1 to 65535.")
    else:
        draft.ports.append((number, port))


def _read_link(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    for word in arguments:
        draft.lines[f"{name} {word.lower()}"] = number
    draft.links.append((number, name, arguments))


def _read_old_bcast(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    draft.problems.warn(number, f"{name} is the old word for bcast: write bcast.")
    _read_link(draft, number, "bcast", arguments)


def _read_switch(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    value = arguments[0].lower()
    if name == "auto_failback" and value == "legacy":
        draft.words[name] = value
    elif truth(value) is None:
        draft.refuse(number, name, f"{name} {value} is neither on nor off: write one of them.")
    else:
        draft.words[name] = "on" if truth(value) else "off"


def _read_priority(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    priority = whole_number(arguments[0], 1, MAX_PRIORITY)
    if priority is None:
        draft.refuse(
            number, name, f"{name} {arguments[0]} is no priority: write 1 to {MAX_PRIORITY}."
        )
    else:
        draft.priority = priority


def _read_crm(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    if truth(arguments[0]) is not False:
        draft.problems.add(
            number,
            f"{name} {arguments[0]} hands the resources to Pacemaker, where haresources does not "
            "count: write the resources into haresources and remove the line.",
        )


def _read_autojoin(draft: Draft, number: int, _name: str, arguments: list[str]) -> None:
    if arguments[0].lower() != "none":
        draft.problems.add(
            number,
            "autojoin is not supported: name every director in node lines and remove the line.",
        )


READERS: dict[str, Callable[[Draft, int, str, list[str]], None]] = {
    "cluster": _read_cluster,
    "node": _read_nodes,
    **dict.fromkeys(TIMES, read_time),
    "udpport": _read_port,
    **dict.fromkeys(KINDS, _read_link),
    "udp": _read_old_bcast,
    "ping": read_ping,
    "ping_group": read_ping_group,
    "auto_failback": _read_switch,
    "nice_failback": _read_switch,
    "realtime": _read_switch,
    "rtprio": _read_priority,
    "crm": _read_crm,
    "pacemaker": _read_crm,
    "autojoin": _read_autojoin,
}
_ONCE = ("cluster", *TIMES, "auto_failback", "nice_failback", "realtime", "rtprio")


def _finish(draft: Draft) -> HaCf:
    if not draft.nodes and "node" not in draft.broken:
        draft.refuse(0, "node", "names no node: write `node NAME` for each director.")
    if not draft.links:
        draft.problems.add(0, "names no link: write `ucast INTERFACE ADDRESS` for each peer.")
    times = fill_in(draft.times)
    check_times(draft, times)
    return HaCf(
        nodes=tuple(draft.nodes),
        keepalive_s=times["keepalive"],
        warntime_s=times["warntime"],
        deadtime_s=times["deadtime"],
        initdead_s=times["initdead"],
        links=read_links(_link_lines(draft), draft.problems),
        is_auto_failback=_is_auto_failback(draft),
        lines=draft.lines,
        cluster=draft.words.get("cluster"),
        pings=tuple(draft.pings),
        deadping_s=times["deadping"],
        realtime_priority=_realtime_priority(draft),
        broken=frozenset(draft.broken),
    )


def _realtime_priority(draft: Draft) -> int:
    if draft.words.get("realtime") != "off":
        return draft.priority
    if "rtprio" in draft.lines:
        draft.problems.warn(
            draft.lines["rtprio"],
            f"rtprio has no effect with `realtime off` (line {draft.lines['realtime']}).",
        )
    return 0


def _is_auto_failback(draft: Draft) -> bool:
    """``nice_failback on`` is ``auto_failback off``; legacy, or none, reads as on."""
    auto, nice = draft.words.get("auto_failback"), draft.words.get("nice_failback")
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
    if not draft.broken.intersection(("auto_failback", "nice_failback")):
        said = "auto_failback legacy" if auto else "no auto_failback"
        draft.problems.warn(
            draft.lines.get("auto_failback", 0),
            f"{said} is read as `auto_failback on`: write on or off to say what you want.",
        )
    return True


def _link_lines(draft: Draft) -> list[LinkLine]:
    """``udpport`` counts for the links after it; one that stands behind them all counts too."""
    first = draft.ports[0][1] if draft.ports else DEFAULT_PORT
    found: list[LinkLine] = []
    for number, kind, words in draft.links:
        before = [port for line, port in draft.ports if line < number]
        found.append((number, kind, words, before[-1] if before else first))
    return found
