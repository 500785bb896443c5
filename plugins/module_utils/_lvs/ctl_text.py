# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of lvsctl: what the agent's status looks like to an operator. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Status = dict[str, Any]


def status_text(status: Status) -> str:
    """The status as some lines: groups, nodes with their links, then what is wrong."""
    lines = [f"node {status['node']} of cluster {status['cluster']} (pid {status['pid']})"]
    lines.extend(_group_lines(status))
    lines.extend(_node_lines(status))
    lines.extend(_fault_lines(status))
    return "\n".join(lines)


def _group_lines(status: Status) -> Iterator[str]:
    for name, group in status["groups"].items():
        holder = group["holder"] or "nobody"
        fit = "" if group["is_fit"] else ", not fit"
        yield (
            f"group {name}: held by {holder}; here {group['state']} for "
            f"{_duration(group['since_s'])} ({group['standby']} standby{fit}, term {group['term']})"
        )
        if group["reason"]:
            yield f"  {group['reason']}"


def _node_lines(status: Status) -> Iterator[str]:
    for name, node in status["nodes"].items():
        if name == status["node"]:
            continue
        heard = _heard(node.get("heard_s"))
        differs = "" if node.get("config_digest_ok", True) else ", its configuration differs"
        yield f"node {name}: {node['state']}, {heard}{differs}"
        for link, seen in node.get("links", {}).items():
            yield f"  {link}: {'up' if seen['is_up'] else 'silent'}, {_heard(seen['heard_s'])}"


def _fault_lines(status: Status) -> Iterator[str]:
    for link, error in status["sockets"].items():
        if error:
            yield f"link {link}: {error}"
    if status["monitor"]["is_wanted"] and not status["monitor"]["is_connected"]:
        yield f"health monitor: {status['monitor']['error']}"
    for reason, count in sorted(status.get("counters", {}).get("dropped", {}).items()):
        if count:
            yield f"dropped {count} datagrams: {reason}"
    for warning in status["warnings"]:
        yield f"warning: {warning}"


def _heard(heard_s: float | None) -> str:
    return "never heard" if heard_s is None else f"heard {_duration(heard_s)} ago"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 36_000 else f"{seconds / 3600:.0f} h"
