# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rows a service should have now, its canonical text and digest: functions of verdicts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Callable, Optional

from .model import Destination, DestKey, ServiceKey, Table, VirtualService
from .plan_text import dest_words, endpoint_words
from .services import Check, Real, Virtual

# Asks the verdict of a check: None before the first one.
Verdict = Callable[[Check], Optional[bool]]
Rows = Mapping[DestKey, Destination]

DIGEST_BYTES = 8


def is_real_up(real: Real, verdict: Verdict) -> bool | None:
    """Is this server healthy? None before its first verdict."""
    if real.check is None:
        return real.is_always_up
    return verdict(real.check)


def wanted_rows(virtual: Virtual, verdict: Verdict, current: Rows) -> dict[DestKey, Destination]:
    """The destinations the service should have; of servers not yet judged, what ``current`` has.

    The fallback stands while every server is known to be down; one that already stands is kept
    until the first verdicts say otherwise.
    """
    rows: dict[DestKey, Destination] = {}
    ups = {real.destination.key: is_real_up(real, verdict) for real in virtual.reals}
    for real in virtual.reals:
        row = _row(virtual, real, ups[real.destination.key], current)
        if row is not None:
            rows[row.key] = row
    if virtual.fallback and not any(ups.values()) and _has_ground(virtual, ups.values(), current):
        rows[virtual.fallback.key] = virtual.fallback
    return rows


def _row(virtual: Virtual, real: Real, is_up: bool | None, current: Rows) -> Destination | None:
    if is_up is None:
        return current.get(real.destination.key)
    if is_up:
        return real.destination
    if virtual.is_quiescent and real.check is not None:
        return replace(real.destination, weight=0)
    return None


def _has_ground(virtual: Virtual, ups: Iterable[bool | None], current: Rows) -> bool:
    is_all_known = all(is_up is not None for is_up in ups)
    return is_all_known or (virtual.fallback is not None and virtual.fallback.key in current)


def wanted_service(virtual: Virtual, verdict: Verdict, current: Rows) -> VirtualService:
    """The whole wanted entry of the table."""
    return VirtualService(virtual.service, wanted_rows(virtual, verdict, current))


def healthy_count(virtuals: Iterable[Virtual], verdict: Verdict) -> int:
    """How many servers, counted per service, are up."""
    return sum(1 for virtual in virtuals for real in virtual.reals if is_real_up(real, verdict))


def table_digest(virtuals: Iterable[Virtual], verdict: Verdict) -> bytes:
    """8 bytes of SHA-256 over the canonical text: equal where configuration and health are equal.

    It is of what should stand (servers not yet judged are left out), not of what the kernel has,
    so that a cold standby's equals its holder's.
    """
    text = "\n".join(_canonical_lines(virtuals, verdict))
    return hashlib.sha256(text.encode()).digest()[:DIGEST_BYTES]


def _canonical_lines(virtuals: Iterable[Virtual], verdict: Verdict) -> list[str]:
    lines: list[str] = []
    for virtual in sorted(virtuals, key=lambda each: each.service.key):
        lines.append(_service_line(virtual))
        rows = wanted_rows(virtual, verdict, {})
        lines.extend(_row_line(rows[key]) for key in sorted(rows))
    return lines


def _service_line(virtual: Virtual) -> str:
    service = virtual.service
    settings = (
        service.scheduler,
        service.scheduler_flags,
        service.persistence_timeout_s,
        service.persistence_netmask,
        service.persistence_engine,
        service.one_packet,
    )
    return f"service {key_text(service.key)} {settings!r}"


def _row_line(row: Destination) -> str:
    settings = (
        row.forward,
        row.weight,
        row.upper_threshold,
        row.lower_threshold,
        row.tunnel_type,
        row.tunnel_port,
        row.tunnel_flags,
    )
    return f"dest {dest_words(row.key)} {settings!r}"


def key_text(key: ServiceKey) -> str:
    """A service in ldirectord's words: ``tcp:192.0.2.146:80``, ``fwm:5``, ``fwm6:5``."""
    if key.fwmark:
        return f"fwm{'6' if key.family == 6 else ''}:{key.fwmark}"
    return f"{key.protocol}:{endpoint_words(key.address, key.port)}"


def destinations(table: Table, virtual: Virtual) -> Rows:
    """What ``table`` has of this service, nothing when it does not have it."""
    found = table.get(virtual.service.key)
    return found.destinations if found else {}
