# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs.cf: what the files of Linux-HA cannot say. One directive a line, ``#`` ends a line anywhere.

::

    cluster NAME
    node NAME
    lease SECONDS
    failback_delay TIME
    fence COMMAND ARGUMENT...
    notify COMMAND ARGUMENT...
    quorum on|off
    standby warm|cold
    group ADDRESS
        standby warm|cold
        auto_failback on|off
        order NODE NODE...
    watch COMMAND ARGUMENT...
        interval TIME
        timeout TIME
        fall NUMBER
        rise NUMBER
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..core.cluster import Watch
from .ha_cf import CLUSTER_NAME_SENTENCE, is_cluster_name
from .ha_links import ip_version
from .problems import Problems, duration_s, suggestion, truth, whole_number

MIN_INTERVAL_S = 0.1
MAX_COUNT = 1000
_FILE, _GROUP, _WATCH = "file", "group", "watch"


@dataclass(frozen=True)
class GroupSettings:
    """What a ``group`` block says; None where it says nothing."""

    line: int
    standby: str | None = None
    is_auto_failback: bool | None = None
    order: tuple[str, ...] | None = None
    lines: dict[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class LvsCf:
    """What lvs.cf says; None where it says nothing."""

    cluster: str | None = None
    node: str | None = None
    lease_s: int | None = None
    failback_delay_s: float | None = None
    fence_command: tuple[str, ...] | None = None
    notify_command: tuple[str, ...] | None = None
    needs_majority: bool = True
    standby: str = "warm"
    groups: dict[str, GroupSettings] = field(default_factory=dict)
    watches: tuple[Watch, ...] = ()
    watch_lines: tuple[int, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)


@dataclass
class _Block:
    """The lines of the file itself, of a group or of a watch."""

    kind: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass
class _Draft:
    problems: Problems
    file: _Block = field(default_factory=lambda: _Block(_FILE, 0))
    groups: dict[str, _Block] = field(default_factory=dict)
    watches: list[_Block] = field(default_factory=list)
    # Where the lines read now belong.
    block: _Block = field(default_factory=lambda: _Block(_FILE, 0))


_Reader = Callable[[_Draft, int, str, "list[str]"], None]


def parse(text: str, path: str) -> LvsCf:
    """Read lvs.cf; raises ConfigError with one ``path:line: sentence`` for each problem."""
    problems = Problems(path)
    result = read(text, problems)
    problems.raise_if_any()
    return result


def read(text: str, problems: Problems) -> LvsCf:
    """As ``parse``, but what is wrong goes to ``problems`` and the rest is read all the same."""
    draft = _Draft(problems)
    draft.block = draft.file
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].rstrip()
        if line.strip():
            _read_line(draft, number, line)
    return _finish(draft)


def _read_line(draft: _Draft, number: int, line: str) -> None:
    name, *words = line.split()
    if not line[0].isspace():
        draft.block = draft.file
    block = draft.block
    known = READERS[block.kind]
    if name not in known:
        where = "here" if block.kind == _FILE else f"in a {block.kind}"
        hint = suggestion(name, known)
        draft.problems.add(number, f"{name} is no directive {where}{hint}: correct or remove it.")
    elif not words:
        draft.problems.add(number, f"{name} says nothing: give it a value or remove the line.")
    elif name in block.lines and name not in (_GROUP, _WATCH):
        draft.problems.add(
            number, f"{name} stands in line {block.lines[name]} too: remove one of them."
        )
    else:
        block.lines[name] = number
        known[name](draft, number, name, words)


def _read_cluster(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    if is_cluster_name(words):
        draft.block.values[name] = words[0]
    else:
        draft.problems.add(number, CLUSTER_NAME_SENTENCE)


def _read_node(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    if len(words) > 1:
        draft.problems.add(number, "write the name of this host alone, as ha.cf has it.")
    draft.block.values[name] = words[0].lower()


def _read_lease(draft: _Draft, number: int, _name: str, words: list[str]) -> None:
    seconds = duration_s("".join(words))
    if seconds is None or seconds != int(seconds) or seconds < 1:
        draft.problems.add(number, "write the lease in whole seconds.")
        return
    draft.block.values["lease_s"] = int(seconds)


def _read_time(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    seconds = duration_s("".join(words))
    if seconds is None:
        draft.problems.add(number, f"write {name} in seconds (2) or milliseconds (200ms).")
    else:
        draft.block.values[f"{name}_s"] = seconds


def _read_count(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    count = whole_number(words[0], 1, MAX_COUNT) if len(words) == 1 else None
    if count is None:
        draft.problems.add(
            number, f"{name} {' '.join(words)}: write a number from 1 to {MAX_COUNT}."
        )
    else:
        draft.block.values[name] = count


def _read_command(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    if not words[0].startswith("/"):
        draft.problems.add(number, f"write the whole path of the {name} command {words[0]}.")
    draft.block.values[f"{name}_command"] = tuple(words)


def _read_standby(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    if len(words) > 1 or words[0] not in ("warm", "cold"):
        draft.problems.add(number, f"standby {' '.join(words)}: write warm or cold.")
    draft.block.values[name] = words[0]


def _read_switch(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    value = truth(words[0])
    if len(words) > 1 or value is None:
        draft.problems.add(number, f"{name} {' '.join(words)}: write on or off.")
    else:
        draft.block.values[_SWITCHES[name]] = value


def _read_order(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    order = tuple(word.lower() for word in words)
    if len(set(order)) < len(order):
        draft.problems.add(number, "a node stands twice in the order: remove one of them.")
    draft.block.values[name] = order


def _read_group(draft: _Draft, number: int, _name: str, words: list[str]) -> None:
    draft.block = _Block(_GROUP, number)
    if len(words) > 1 or not ip_version(words[0]):
        draft.problems.add(number, "write `group ADDRESS`, the group's first address, alone.")
        return
    name = str(ipaddress.ip_address(words[0]))
    if name in draft.groups:
        draft.problems.add(number, f"group {name} stands here a second time: join the two blocks.")
        return
    draft.groups[name] = draft.block


def _read_watch(draft: _Draft, number: int, name: str, words: list[str]) -> None:
    draft.block = _Block(_WATCH, number)
    _read_command(draft, number, name, words)
    same = [b for b in draft.watches if b.values["watch_command"] == tuple(words)]
    if same:
        draft.problems.add(
            number, f"the same command is watched in line {same[0].line} too: remove one block."
        )
    draft.watches.append(draft.block)


_SWITCHES = {"quorum": "needs_majority", "auto_failback": "is_auto_failback"}
READERS: dict[str, dict[str, _Reader]] = {
    _FILE: {
        "cluster": _read_cluster,
        "node": _read_node,
        "lease": _read_lease,
        "failback_delay": _read_time,
        "fence": _read_command,
        "notify": _read_command,
        "quorum": _read_switch,
        "standby": _read_standby,
        "group": _read_group,
        "watch": _read_watch,
    },
    _GROUP: {
        "standby": _read_standby,
        "auto_failback": _read_switch,
        "order": _read_order,
    },
    _WATCH: {
        "interval": _read_time,
        "timeout": _read_time,
        "fall": _read_count,
        "rise": _read_count,
    },
}


def _finish(draft: _Draft) -> LvsCf:
    groups = {
        name: GroupSettings(block.line, lines=block.lines, **block.values)
        for name, block in draft.groups.items()
    }
    watches = tuple(_watch(draft.problems, block) for block in draft.watches)
    return LvsCf(
        groups=groups,
        watches=watches,
        watch_lines=tuple(block.line for block in draft.watches),
        lines=draft.file.lines,
        **draft.file.values,
    )


def _watch(problems: Problems, block: _Block) -> Watch:
    """A watch block; what it leaves out is the usual, and never a timeout above the interval."""
    values = dict(block.values)
    command = values.pop("watch_command")
    interval_s = values.get("interval_s", Watch.interval_s)
    if "timeout_s" not in values:
        values["timeout_s"] = min(Watch.timeout_s, interval_s)
    watch = Watch(command, **values)
    if watch.interval_s < MIN_INTERVAL_S:
        problems.add(
            block.lines["interval"], f"interval is below {MIN_INTERVAL_S:g} s: write 100ms or more."
        )
    elif not 0 < watch.timeout_s <= watch.interval_s:
        problems.add(
            block.lines["timeout"],
            f"timeout ({watch.timeout_s:g} s) must be above 0 and at most interval "
            f"({watch.interval_s:g} s): the command is run anew each interval.",
        )
    return watch
