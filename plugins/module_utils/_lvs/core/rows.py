# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rows a service should have now, its canonical text and digest: functions of verdicts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Callable, Optional

from .model import Destination, DestKey, ServiceKey, Table
from .plan_text import dest_words, endpoint_words
from .services import Check, Real, Virtual

# Asks the verdict of a check: None before the first one.
Verdict = Callable[[Check], Optional[bool]]
Rows = Mapping[DestKey, Destination]
# What an operator's word makes of a server: "" nothing; WAIT a fresh check is awaited; FADE it
# keeps its row, with weight 0, while it stands; OUT it has none.
Rule = Callable[[Real], str]
WAIT, FADE, OUT = "wait", "fade", "out"

DIGEST_BYTES = 8


def is_real_up(real: Real, verdict: Verdict) -> bool | None:
    """Is this server healthy? None before its first verdict."""
    if real.check is None:
        return real.is_always_up
    return verdict(real.check)


def no_rule(real: Real) -> str:
    """As health alone would have it."""
    del real
    return ""


def is_serving(real: Real, verdict: Verdict, rule: Rule) -> bool | None:
    """Does this server take new clients, as far as health and operator say? None: not yet known."""
    said = rule(real)
    if said in (FADE, OUT):
        return False
    return None if said == WAIT else is_real_up(real, verdict)


def wanted_rows(
    virtual: Virtual, verdict: Verdict, current: Rows, rule: Rule = no_rule
) -> dict[DestKey, Destination]:
    """The destinations the service should have; of servers not yet judged, what ``current`` has.

    The fallback stands while no server is known to serve; one that already stands is kept until
    the first verdicts say otherwise.
    """
    rows: dict[DestKey, Destination] = {}
    for real in virtual.reals:
        row = _row(virtual, real, verdict, current, rule)
        if row is not None:
            rows[row.key] = row
    serving = [is_serving(real, verdict, rule) for real in virtual.reals]
    fallback = usable_fallback(virtual, rule)
    if fallback and not any(serving) and _has_ground(virtual, serving, current):
        rows[fallback.key] = fallback
    return rows


def usable_fallback(virtual: Virtual, rule: Rule) -> Destination | None:
    """The fallback, unless an operator keeps its server from new clients too."""
    fallback = virtual.fallback
    return fallback if fallback and rule(Real(fallback)) not in (FADE, OUT) else None


def _row(
    virtual: Virtual, real: Real, verdict: Verdict, current: Rows, rule: Rule
) -> Destination | None:
    said, is_up = rule(real), is_real_up(real, verdict)
    if said == OUT or (said == FADE and real.destination.key not in current):
        return None
    row = _healthy_row(virtual, real, None if said == WAIT else is_up, current)
    return replace(row, weight=0) if row and said == FADE else row


def _healthy_row(
    virtual: Virtual, real: Real, is_up: bool | None, current: Rows
) -> Destination | None:
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


def healthy_count(virtuals: Iterable[Virtual], verdict: Verdict) -> int:
    """How many servers, counted per service, are up."""
    return sum(1 for virtual in virtuals for real in virtual.reals if is_real_up(real, verdict))


def table_digest(virtuals: Iterable[Virtual], verdict: Verdict) -> bytes:
    """8 bytes of SHA-256 over the canonical text: equal where configuration and health are equal.

    It is of what should stand (servers not yet judged are left out), not of what the kernel has,
    so that a cold standby's equals its holder's; and without operators' words, which each director
    has its own of: they hold up no move.
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
