# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the health monitor tells an operator of services and servers, ready for JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from .draining import DRAINED, ENABLED, Word, Words, server_words
from .model import DestKey, ServiceKey, Table
from .monitor import GroupReport, Monitor, Use
from .plan_text import dest_words
from .rows import destinations, is_real_up, is_serving, key_text, usable_fallback
from .services import Check, Virtual

Status = dict[str, object]


def describe_monitor(
    monitor: Monitor, current: Table, errors: Mapping[ServiceKey, str], now: float
) -> Status:
    """Groups with their reports, services with each server's state and reason."""
    reports = monitor.reports(current, errors)
    return {
        "source": monitor.config.source,
        "checks": len(monitor.health),
        "warnings": list(monitor.config.warnings),
        "groups": {report.group: _group(monitor, report) for report in reports},
        "services": [_service(monitor, each, current, now) for each in monitor.config.virtuals],
    }


def _group(monitor: Monitor, report: GroupReport) -> Status:
    return {
        "digest": report.digest.hex(),
        "healthy": report.healthy,
        "standby": monitor.groups[report.group].standby,
        "is_active": monitor.is_active(report.group),
        "is_loaded": report.is_loaded,
        "error": report.error,
    }


def _service(monitor: Monitor, virtual: Virtual, current: Table, now: float) -> Status:
    key, fallback = virtual.service.key, virtual.fallback
    return {
        "service": key_text(key),
        "name": virtual.name,
        "group": monitor.group_of(key),
        "is_loaded": key in current,
        "is_fallback_active": bool(fallback and fallback.key in monitor.rows(virtual, current)),
        "servers": [
            {
                "server": dest_words(real.destination.key),
                **_check(monitor, real.check, now),
                "is_up": is_real_up(real, monitor.health.is_up),
                "state": monitor.words.state(real.destination.key),
            }
            for real in virtual.reals
        ],
    }


def _check(monitor: Monitor, check: Check | None, now: float) -> Status:
    state = None if check is None else monitor.health.state(check)
    if state is None:
        return {"reason": "not checked"}
    since = None if state.since is None else round(now - state.since, 3)
    return {
        "reason": state.reason,
        "failures": state.failures,
        "for_s": since,
        "took_ms": round(state.last_took_s * 1000, 1),
    }


# ---- servers and operators' words ------------------------------------------------------------


def describe_servers(monitor: Monitor, current: Table, now: float) -> list[Status]:
    """Every real server once, and every server that an operator keeps out though no service has
    it now."""
    servers = monitor.servers()
    kept_out = [word for word in monitor.words.kept() if word.state != ENABLED]
    strays = [word.server for word in kept_out if not any(map(word.covers, servers))]
    return [
        *(_server(monitor, key, servers[key], current, now) for key in sorted(servers)),
        *(_server(monitor, key, [], current, now) for key in strays),
    ]


def _server(monitor: Monitor, key: DestKey, uses: list[Use], current: Table, now: float) -> Status:
    rows = [destinations(current, virtual).get(key) for virtual, dummy in uses]
    return {
        "server": server_words(key),
        "services": [key_text(virtual.service.key) for virtual, dummy in uses],
        "is_up": _is_up(monitor, uses),
        "connections": sum(row.active_connections for row in rows if row),
        "is_in_table": any(rows),
        **_word(monitor.words.of(key), now),
    }


def _is_up(monitor: Monitor, uses: list[Use]) -> bool | None:
    ups = [is_real_up(real, monitor.health.is_up) for dummy, real in uses]
    if False in ups:
        return False
    return None if None in ups or not ups else True


def _word(word: Word | None, now: float) -> Status:
    if word is None or word.state == ENABLED:
        return {"state": ENABLED, "is_draining": False}
    said: Status = {
        "state": word.state,
        "said_of": server_words(word.server),
        "since_s": round(now - word.since, 3),
        "is_draining": word.is_draining,
    }
    if word.state == DRAINED:
        ends_in_s = max(0.0, round(word.ends_at - now, 3)) if word.is_draining else None
        left = word.connections
        said.update(max_connections=word.max_connections, ends_in_s=ends_in_s, left=left)
    return said


def states_of(monitor: Monitor, words: Words, servers: Iterable[DestKey]) -> dict[str, str]:
    """State by server for every row that one of ``servers`` covers, as ``words`` have it."""
    known = monitor.servers()
    found: dict[str, str] = {}
    for server in servers:
        covers = Word(server, ENABLED, 0.0).covers
        for key in [row for row in sorted(known) if covers(row)] or [server]:
            found[server_words(key)] = words.state(key)
    return found


def warn_of(
    monitor: Monitor, words: Words, said: Iterable[Word], is_template_kept: bool
) -> list[str]:
    """What services come to by ``words``, of which ``said`` are new, where an operator may not
    have thought of it. ``is_template_kept``: net.ipv4.vs.expire_quiescent_template is 0."""
    said = [word for word in said if word.state != ENABLED]
    found: list[str] = []
    for virtual in monitor.config.virtuals:
        keys = [real.destination.key for real in virtual.reals]
        states = {word.state for word in said for key in keys if word.covers(key)}
        if states:
            found.extend(_warn_of_service(monitor, virtual, words))
        if DRAINED in states and is_template_kept and _is_persistent(virtual):
            found.append(
                f"{key_text(virtual.service.key)} is persistent and"
                " net.ipv4.vs.expire_quiescent_template is 0: known clients go on coming to a"
                " server that is drained, set it to 1."
            )
    return found


def _warn_of_service(monitor: Monitor, virtual: Virtual, words: Words) -> Iterator[str]:
    rule = partial(monitor.rule, words=words)
    fallback = usable_fallback(virtual, rule)
    if any(is_serving(real, monitor.health.is_up, rule) for real in virtual.reals):
        return
    name = key_text(virtual.service.key)
    if fallback:
        yield f"{name} has no working server left: its fallback {dest_words(fallback.key)} serves."
    else:
        yield f"{name} has no working server left and no fallback: its clients are refused."


def _is_persistent(virtual: Virtual) -> bool:
    return virtual.service.persistence_timeout_s is not None
