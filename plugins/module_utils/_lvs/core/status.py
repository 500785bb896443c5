# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node tells an operator of itself, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping

from .context import Context
from .group import GroupMachine
from .peers import Peer


def describe(
    context: Context,
    groups: Mapping[str, GroupMachine],
    counters: Mapping[str, object],
    now: float,
) -> dict[str, object]:
    """``nodes``, ``groups`` and ``counters``; durations are seconds (``_s``)."""
    return {
        "node": context.me,
        "cluster": context.config.cluster,
        "nodes": {name: _describe_peer(context, peer, now) for name, peer in context.peers.items()},
        "groups": {name: _describe_group(group, now) for name, group in groups.items()},
        "counters": counters,
    }


def _describe_peer(context: Context, peer: Peer, now: float) -> dict[str, object]:
    state = "unverified" if peer.life is None else "silent"
    if peer.is_living(now):
        state = "living"
    heard_s = round(now - peer.life.heard_at, 3) if peer.life else None
    return {
        "state": state,
        "heard_s": heard_s,
        "links": {link.name: _describe_link(context, peer, link.name, now)
                  for link in context.config.links},
        "config_digest_ok": peer.has_same_config,
        "macs": list(peer.macs),
    }  # fmt: skip


def _describe_link(context: Context, peer: Peer, link: str, now: float) -> dict[str, object]:
    heard_at = peer.links.get(link)
    if heard_at is None:
        return {"is_up": False, "heard_s": None}
    heard_s = now - heard_at
    return {"is_up": heard_s < context.timing.deadtime_s, "heard_s": round(heard_s, 3)}


def _describe_group(group: GroupMachine, now: float) -> dict[str, object]:
    holder = group.holder(now)
    name = holder.name if holder else None
    if group.term:
        name = group.context.me
    return {
        "state": group.shown,
        "reason": group.reason,
        "since_s": round(now - group.since, 3),
        "term": group.term or group.highest,
        "holder": name,
        "is_fit": group.is_fit(now),
        "standby": group.config.standby,
        "order": list(group.config.order),
    }
