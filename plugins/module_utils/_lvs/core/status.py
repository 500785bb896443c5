# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node tells an operator of itself, ready for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .context import Context
from .errors import DROP_REASONS
from .fitness import unfit_reason
from .group import GroupMachine
from .peers import Peer
from .senses import WatchState
from .why import why

COUNTERS = ("sent", "received", "new", "fresh", "duplicate", "late")


def describe(
    context: Context,
    groups: Iterable[GroupMachine],
    counters: Mapping[str, int],
    dropped: Mapping[str, int],
    now: float,
) -> dict[str, object]:
    """docs/protocol.md, "What the agent says of itself"; durations are seconds (``_s``)."""
    count = context.majority(now)
    return {
        "node": context.me,
        "cluster": context.config.cluster,
        "is_stopping": context.is_stopping,
        "majority": {"living": count[0], "needed": count[1]} if count else None,
        "ping": context.pings.reached(now),
        "watch": [_describe_watch(state) for state in context.watches.states],
        "nodes": {name: _describe_peer(context, peer, now) for name, peer in context.peers.items()},
        "groups": {group.name: _describe_group(group, now) for group in groups},
        "counters": {
            **{name: counters.get(name, 0) for name in COUNTERS},
            "dropped": {reason: dropped.get(reason, 0) for reason in DROP_REASONS},
        },
    }


def _describe_watch(state: WatchState) -> dict[str, object]:
    said = "failing" if state.is_failing else "working"
    return {
        "command": " ".join(state.watch.command),
        "state": said if state.is_known else "unknown",
        "error": state.error,
    }


def _describe_peer(context: Context, peer: Peer, now: float) -> dict[str, object]:
    life = peer.life
    state = "unverified" if life is None else "silent"
    if peer.is_living(now):
        state = "living"
    return {
        "state": state,
        "heard_s": round(now - life.heard_at, 3) if life else None,
        "verified_s": round(now - life.since, 3) if life else None,
        "is_stopping": life.is_leaving if life else False,
        "hears_us": not peer.is_doubtful(now),
        "ping_reached": life.reached if life else None,
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
        "protocol_state": group.state,
        "reason": group.reason,
        "since_s": round(now - group.since, 3),
        "why": why(group, now),
        "term": group.term or group.highest,
        "highest_term": group.highest,
        "holder": name,
        "is_fit": group.is_fit(now),
        "unfit_reason": unfit_reason(group, now),
        "is_past_grace": group.is_past_grace,
        "asks_wire": group.wire.is_asking,
        "wire_answered_by": _answered_by(group),
        "moves_with": group.move.other or None,
        "standby": group.config.standby,
        "order": list(group.config.order),
        "is_auto_failback": group.config.is_auto_failback,
        "healthy": group.table.healthy if group.table else None,
        "servers": group.table.servers if group.table else None,
        "table_digest": group.table.digest.hex() if group.table else None,
    }


def _answered_by(group: GroupMachine) -> str | None:
    """The node that answers for the addresses, "unknown" when its MAC is no known director's."""
    if not group.wire.is_answered:
        return None
    return group.wire.answered_by or "unknown"
