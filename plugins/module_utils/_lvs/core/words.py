# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes to the table in ldirectord's words, which people's log searches know."""

from __future__ import annotations

from collections.abc import Collection

from .model import Destination, Table, TableOp
from .plan_text import dest_words
from .rows import key_text

_SERVICE_VERBS = {
    "add_service": "Added virtual server",
    "set_service": "Changed virtual server",
    "del_service": "Deleted virtual server",
}


def op_words(op: TableOp, before: Table, fallbacks: Collection[tuple[str, str]]) -> str:
    """One write as a log line; ``fallbacks`` holds the pairs (service, destination) of those."""
    service = key_text(op.service.key)
    if op.dest is None:
        return f"{_SERVICE_VERBS[op.kind]}: {service}"
    kind = "fallback" if (service, dest_words(op.dest.key)) in fallbacks else "real"
    line = f"{_verb(op, before)} {kind} server: {dest_words(op.dest.key)} ({service})"
    return line if op.kind == "del_dest" else f"{line} (Weight set to {op.dest.weight})"


def _verb(op: TableOp, before: Table) -> str:
    if op.kind == "del_dest" or op.dest is None:
        return "Deleted"
    old = _old(op, before)
    if op.dest.weight == 0 and (old is None or old.weight != 0):
        return "Quiescent"
    if old is None:
        return "Added"
    return "Restored" if old.weight == 0 and op.dest.weight else "Changed"


def _old(op: TableOp, before: Table) -> Destination | None:
    virtual = before.get(op.service.key)
    if virtual is None or op.dest is None:
        return None
    return virtual.destinations.get(op.dest.key)
