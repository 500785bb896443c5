# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one planner of IPVS tables: from (current, wanted) to an ordered list of writes.

What check mode predicts, what ``--diff`` shows, and what modules and the health monitor do are
this list. Order: a service before its destinations, new destinations before old ones are drained
or go, whole services go last. What exists is set in place, never deleted and added again: that
would drop its connections.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .errors import ConfigError
from .model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    Table,
    TableOp,
    TablePlan,
    VirtualService,
)
from .plan_rules import check_destination, check_service, settle_destination, settle_service
from .plan_text import describe, key_words

__all__ = [
    "apply_plan",
    "describe",
    "plan_dest",
    "plan_dest_absent",
    "plan_service",
    "plan_service_absent",
    "plan_table",
]


def plan_table(
    current: Table,
    wanted: Table,
    owned: Collection[ServiceKey] = (),
    purge: str = "destinations",
) -> TablePlan:
    """Make the kernel's table hold ``wanted``.

    Both tables are whole. What is not wanted goes as ``purge`` says: "none" keeps it,
    "destinations" removes the other destinations of wanted services, "all" other services too.
    Services of ``owned`` that are not wanted go always; the rest is foreign and stays as it is.
    """
    ops: list[TableOp] = []
    for key in sorted(wanted):
        ops.extend(_plan_virtual(current.get(key), wanted[key], purge != "none"))
    leaving = set(current if purge == "all" else owned) - set(wanted)
    ops.extend(
        TableOp("del_service", current[key].service) for key in sorted(leaving & set(current))
    )
    return tuple(ops)


def _plan_virtual(
    current: VirtualService | None, wanted: VirtualService, has_purge: bool
) -> Iterator[TableOp]:
    held: Mapping[DestKey, Destination] = current.destinations if current else {}
    yield from _plan_settings(current.service if current else None, wanted.service)
    for dest_key in sorted(wanted.destinations, key=lambda each: _turn(wanted, held, each)):
        dest = wanted.destinations[dest_key]
        yield from _plan_destination(wanted.service, held.get(dest_key), dest)
    for dest_key in sorted(set(held) - set(wanted.destinations)) if has_purge else ():
        yield TableOp("del_dest", wanted.service, held[dest_key])


def _turn(
    wanted: VirtualService, held: Container[DestKey], key: DestKey
) -> tuple[bool, bool, DestKey]:
    """New ones first, then those that take connections, then those that are to take none."""
    is_drained = wanted.destinations[key].weight == 0
    return key in held, is_drained, key


def _plan_settings(current: Service | None, wanted: Service) -> Iterator[TableOp]:
    if current is None:
        yield TableOp("add_service", wanted)
    elif current != wanted:
        yield TableOp("set_service", wanted)


def _plan_destination(
    service: Service, current: Destination | None, wanted: Destination
) -> Iterator[TableOp]:
    if current is None:
        yield TableOp("add_dest", service, wanted)
    elif not _is_same(current, wanted):
        yield TableOp("set_dest", service, wanted)


def _is_same(current: Destination, wanted: Destination) -> bool:
    # The kernel shows a destination that is one of its own addresses as local, whatever was asked.
    if current.forward == "local":
        current = replace(
            current,
            forward=wanted.forward,
            tunnel_type=wanted.tunnel_type,
            tunnel_port=wanted.tunnel_port,
            tunnel_flags=wanted.tunnel_flags,
        )
    return current == wanted


def plan_service(current: Table, key: ServiceKey, changes: Mapping[str, Any]) -> TablePlan:
    """Have the service ``key`` with ``changes`` (fields of ``Service``); other settings stay as
    they are, a new service takes the kernel's usual values. Its destinations are not touched.

    Raises ConfigError for settings that IPVS cannot have together.
    """
    held = current[key].service if key in current else None
    wanted = settle_service(replace(held or Service(key), **changes), changes)
    check_service(wanted)
    return tuple(_plan_settings(held, wanted))


def plan_service_absent(current: Table, key: ServiceKey) -> TablePlan:
    """Remove the service ``key`` with all its destinations, if it is there."""
    return (TableOp("del_service", current[key].service),) if key in current else ()


def plan_dest(
    current: Table, key: ServiceKey, dest_key: DestKey, changes: Mapping[str, Any]
) -> TablePlan:
    """Have the destination with ``changes`` (fields of ``Destination``) in the service ``key``.

    Raises ConfigError when the service does not exist or the settings contradict each other.
    """
    if key not in current:
        raise ConfigError(
            f"The virtual service {key_words(key)} does not exist on this host: "
            "create it with laico.lvs.ipvs_service before its destinations."
        )
    service = current[key].service
    held = current[key].destinations.get(dest_key)
    wanted = settle_destination(replace(held or Destination(dest_key), **changes), changes)
    check_destination(service, wanted)
    return tuple(_plan_destination(service, held, wanted))


def plan_dest_absent(current: Table, key: ServiceKey, dest_key: DestKey) -> TablePlan:
    """Remove one destination, if its service is there and has it."""
    if key not in current or dest_key not in current[key].destinations:
        return ()
    virtual = current[key]
    return (TableOp("del_dest", virtual.service, virtual.destinations[dest_key]),)


def apply_plan(table: Table, plan: Iterable[TableOp]) -> Table:
    """The table that the plan makes of ``table``: what check mode and diff show as "after"."""
    after = dict(table)
    for op in plan:
        key = op.service.key
        if op.kind == "del_service":
            del after[key]
        else:
            after[key] = _apply_to_virtual(after.get(key), op)
    return after


def _apply_to_virtual(virtual: VirtualService | None, op: TableOp) -> VirtualService:
    destinations = dict(virtual.destinations) if virtual else {}
    if op.dest is not None and op.kind == "del_dest":
        del destinations[op.dest.key]
    elif op.dest is not None:
        destinations[op.dest.key] = op.dest
    return VirtualService(op.service, destinations)
