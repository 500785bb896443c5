# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of lvsctl: what the agent's status looks like to an operator. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Status = dict[str, Any]


def status_text(status: Status) -> str:
    """The status as some lines: groups, nodes with their links, what it looks at, then
    counts and what is wrong."""
    lines = [f"node {status['node']} of cluster {status['cluster']} (pid {status['pid']})"]
    lines.extend(_group_lines(status))
    lines.extend(_node_lines(status))
    lines.extend(_sense_lines(status))
    lines.extend(_counter_lines(status.get("counters", {})))
    lines.extend(_fault_lines(status))
    return "\n".join(lines)


def _group_lines(status: Status) -> Iterator[str]:
    for name, group in status["groups"].items():
        holder = group["holder"] or "nobody"
        fit = "" if group["is_fit"] else ", not fit"
        yield (
            f"group {name}: held by {holder}; here {group['state']} for "
            f"{duration(group['since_s'])} ({group['standby']} standby{fit}, term {group['term']})"
        )
        if group.get("why") or group["reason"]:
            yield f"  {group.get('why') or group['reason']}"


def _node_lines(status: Status) -> Iterator[str]:
    for name, node in status["nodes"].items():
        if name == status["node"]:
            continue
        heard = _heard(node.get("heard_s"))
        differs = "" if node.get("config_digest_ok", True) else ", its configuration differs"
        yield f"node {name}: {node['state']}, {heard}{differs}"
        for link, seen in node.get("links", {}).items():
            yield f"  {link}: {'up' if seen['is_up'] else 'silent'}, {_heard(seen['heard_s'])}"


def _sense_lines(status: Status) -> Iterator[str]:
    majority = status.get("majority")
    if majority:
        yield f"majority: {majority['living']} nodes live, {majority['needed']} are needed to take"
    reached = status.get("ping", {})
    for name, node in status.get("ping_nodes", {}).items():
        answered = node["answered_s"]
        said = "never answered" if answered is None else f"answered {duration(answered)} ago"
        state = "" if reached.get(name) else "not reached, "
        yield f"ping node {name}: {state}{node['error'] or said}"
    for watch in status.get("watch", ()):
        error = f", {watch['error']}" if watch["error"] else ""
        yield f"watch `{watch['command']}`: {watch['state']}{error}"


def _counter_lines(counters: dict[str, Any]) -> Iterator[str]:
    counts = {name: count for name, count in counters.items() if isinstance(count, int)}
    if counts:
        yield "datagrams: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    for reason, count in sorted(counters.get("dropped", {}).items()):
        if count:
            yield f"dropped {count} datagram{'s' if count > 1 else ''}: {reason}"


def _fault_lines(status: Status) -> Iterator[str]:
    for link, error in status["sockets"].items():
        if error:
            yield f"link {link}: {error}"
    if status["monitor"]["is_wanted"] and not status["monitor"]["is_connected"]:
        yield f"health monitor: {status['monitor']['error']}"
    for warning in status["warnings"]:
        yield f"warning: {warning}"


def _heard(heard_s: float | None) -> str:
    return "never heard" if heard_s is None else f"heard {duration(heard_s)} ago"


def duration(seconds: float) -> str:
    """A length of time in few words: ``12 ms``, ``75 s``, ``15 min``, ``12 h``."""
    if seconds < 10:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 36_000 else f"{seconds / 3600:.0f} h"
