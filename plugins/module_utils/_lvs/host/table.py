# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the monitor's part of the kernel's table: read, plan, write down, apply.

What it is going to own is written to ``owned.json`` before the kernel is changed, so that whatever
a killed monitor left is known to be its own, and all else is never touched.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Callable, Protocol

from ..core.errors import KernelError
from ..core.model import ServiceKey, Table, TableOp, TablePlan
from ..core.plan import apply_plan, plan_table
from . import ownership

LOG = logging.getLogger(__name__)

OWNER = "lvs-ldirectord"


class Kernel(Protocol):
    """What is used of ``host.ipvs.Ipvs``."""

    def read_table(self) -> Table:
        """The whole table."""

    def apply(self, op: TableOp) -> None:
        """One write."""


@dataclass(frozen=True)
class Kept:
    """How a round ended: the table before and now, the writes done, refused services with why."""

    before: Table
    table: Table
    done: TablePlan = ()
    errors: dict[ServiceKey, str] = field(default_factory=dict)


def _earlier_claim(path: str) -> frozenset[ServiceKey]:
    try:
        earlier = ownership.read(path).services.get(OWNER)
    except KernelError as error:
        # Better serve and leave a forgotten row than not serve: the next claim mends the record.
        LOG.warning("%s", error)
        return frozenset()
    return frozenset(earlier.keys if earlier else ())


class TableKeeper:
    """The one writer of this daemon's rows."""

    def __init__(self, kernel: Kernel, owned_path: str) -> None:
        """Learn what an earlier life of this daemon wrote down as its own."""
        self._kernel = kernel
        self._path = owned_path
        self._claimed = _earlier_claim(owned_path)
        self._is_claim_ours = False

    def read(self) -> Table:
        """The kernel's table. Raises KernelError."""
        return self._kernel.read_table()

    def keep(
        self, wanted_of: Callable[[Table], Table], keys: Collection[ServiceKey], source: str
    ) -> Kept:
        """Make the rows of ``keys``, and of what was owned before, equal ``wanted_of(current)``.

        A service that the kernel refuses does not stop the others. Raises KernelError when the
        table cannot be read, LvsError when the record of what is owned cannot be written.
        """
        before = self.read()
        owned = frozenset(keys) | self._claimed
        self._claim(owned, source)
        done, errors = self._apply(plan_table(before, wanted_of(before), owned))
        after = apply_plan(before, done)
        left_over = {key for key in owned - frozenset(keys) if key in after}
        self._claim(frozenset(keys) | left_over, source)
        return Kept(before, after, done, errors)

    def _claim(self, keys: frozenset[ServiceKey], source: str) -> None:
        if keys == self._claimed and self._is_claim_ours:
            return
        ownership.claim_services(self._path, OWNER, source, sorted(keys))
        self._claimed = keys
        self._is_claim_ours = True

    def _apply(self, plan: TablePlan) -> tuple[TablePlan, dict[ServiceKey, str]]:
        done: list[TableOp] = []
        errors: dict[ServiceKey, str] = {}
        for op in plan:
            if op.service.key in errors:
                continue
            try:
                self._kernel.apply(op)
                done.append(op)
            except KernelError as error:
                errors[op.service.key] = str(error)
        return tuple(done), errors

    def remove(self, keys: Collection[ServiceKey], source: str) -> Kept:
        """Take these services, if they are owned, out of the kernel; the others stay."""
        gone = frozenset(keys) & self._claimed
        before = self.read()
        done, errors = self._apply(plan_table(before, {}, gone))
        self._claim(self._claimed - gone | frozenset(errors), source)
        return Kept(before, apply_plan(before, done), done, errors)

    def close(self) -> None:
        """Close the kernel's socket."""
        with contextlib.suppress(AttributeError):
            self._kernel.__exit__(None, None, None)  # type: ignore[attr-defined]
