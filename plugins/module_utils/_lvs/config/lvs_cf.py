# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs.cf: what the files of Linux-HA cannot say. One directive a line, ``#`` ends a line anywhere.

::

    cluster NAME
    node NAME
    lease SECONDS
    failback_delay SECONDS
    fence COMMAND ARGUMENT...
    standby warm|cold
    group ADDRESS
        standby warm|cold
        auto_failback on|off
        order NODE NODE...
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .ha_links import ip_version
from .problems import Problems, duration_s, suggestion, truth

MAX_CLUSTER_BYTES = 32
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class GroupSettings:
    """What a ``group`` block says; None where it says nothing."""

    line: int
    standby: str | None = None
    is_auto_failback: bool | None = None
    order: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LvsCf:
    """What lvs.cf says; None where it says nothing."""

    cluster: str | None = None
    node: str | None = None
    lease_s: int | None = None
    failback_delay_s: float | None = None
    fence_command: tuple[str, ...] | None = None
    standby: str = "warm"
    groups: dict[str, GroupSettings] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass
class _Draft:
    problems: Problems
    values: dict[str, object] = field(default_factory=dict)
    groups: dict[str, dict[str, object]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    # Where the settings read now belong: those of the file, or of the group whose block it is.
    current: dict[str, object] = field(default_factory=dict)


def parse(text: str, path: str) -> LvsCf:
    """Read lvs.cf; raises ConfigError with one ``path:line: sentence`` for each problem."""
    draft = _Draft(Problems(path))
    draft.current = draft.values
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].rstrip()
        if line.strip():
            _read_line(draft, number, line)
    draft.problems.raise_if_any()
    groups = {name: GroupSettings(**found) for name, found in draft.groups.items()}  # type: ignore[arg-type]
    return LvsCf(groups=groups, lines=draft.lines, **draft.values)  # type: ignore[arg-type]


def _read_line(draft: _Draft, number: int, line: str) -> None:
    name, *words = line.split()
    is_in_group = line[0].isspace() and draft.current is not draft.values
    if not line[0].isspace():
        draft.current = draft.values
    known = _IN_GROUP if is_in_group else _IN_FILE
    if name not in known:
        where = "in a group" if is_in_group else "here"
        hint = suggestion(name, known)
        draft.problems.add(number, f"{name} is no directive {where}{hint}: correct or remove it.")
    elif not words:
        draft.problems.add(number, f"{name} says nothing: give it a value or remove the line.")
    else:
        if not is_in_group:
            draft.lines[name] = number
        known[name](draft, number, words)


def _read_cluster(draft: _Draft, number: int, words: list[str]) -> None:
    name = words[0]
    if len(words) > 1 or not _CLUSTER.fullmatch(name) or len(name) > MAX_CLUSTER_BYTES:
        draft.problems.add(
            number,
            f"write the cluster's name as one word of at most {MAX_CLUSTER_BYTES} letters, digits, "
            "dots, hyphens and underscores.",
        )
    draft.current["cluster"] = name


def _read_node(draft: _Draft, number: int, words: list[str]) -> None:
    if len(words) > 1:
        draft.problems.add(number, "write the name of this host alone, as ha.cf has it.")
    draft.current["node"] = words[0].lower()


def _read_lease(draft: _Draft, number: int, words: list[str]) -> None:
    seconds = duration_s("".join(words))
    if seconds is None or seconds != int(seconds) or seconds < 1:
        draft.problems.add(number, "write the lease in whole seconds.")
        return
    draft.current["lease_s"] = int(seconds)


def _read_failback_delay(draft: _Draft, number: int, words: list[str]) -> None:
    seconds = duration_s("".join(words))
    if seconds is None:
        draft.problems.add(number, "write failback_delay in seconds (2) or milliseconds (200ms).")
        return
    draft.current["failback_delay_s"] = seconds


def _read_fence(draft: _Draft, number: int, words: list[str]) -> None:
    if not words[0].startswith("/"):
        draft.problems.add(number, f"write the whole path of the fencing command {words[0]}.")
    draft.current["fence_command"] = tuple(words)


def _read_standby(draft: _Draft, number: int, words: list[str]) -> None:
    if len(words) > 1 or words[0] not in ("warm", "cold"):
        draft.problems.add(number, f"standby {' '.join(words)}: write warm or cold.")
    draft.current["standby"] = words[0]


def _read_auto_failback(draft: _Draft, number: int, words: list[str]) -> None:
    if len(words) > 1 or truth(words[0]) is None:
        draft.problems.add(number, f"auto_failback {' '.join(words)}: write on or off.")
    draft.current["is_auto_failback"] = truth(words[0])


def _read_order(draft: _Draft, number: int, words: list[str]) -> None:
    order = tuple(word.lower() for word in words)
    if len(set(order)) < len(order):
        draft.problems.add(number, "a node stands twice in the order: remove one of them.")
    draft.current["order"] = order


def _read_group(draft: _Draft, number: int, words: list[str]) -> None:
    if len(words) > 1 or not ip_version(words[0]):
        draft.problems.add(number, "write `group ADDRESS`, the group's first address, alone.")
        draft.current = {}
        return
    name = str(ipaddress.ip_address(words[0]))
    if name in draft.groups:
        draft.problems.add(number, f"group {name} stands here a second time: join the two blocks.")
    draft.current = draft.groups[name] = {"line": number}


_IN_FILE: dict[str, Callable[[_Draft, int, list[str]], None]] = {
    "cluster": _read_cluster,
    "node": _read_node,
    "lease": _read_lease,
    "failback_delay": _read_failback_delay,
    "fence": _read_fence,
    "standby": _read_standby,
    "group": _read_group,
}
_IN_GROUP: dict[str, Callable[[_Draft, int, list[str]], None]] = {
    "standby": _read_standby,
    "auto_failback": _read_auto_failback,
    "order": _read_order,
}
