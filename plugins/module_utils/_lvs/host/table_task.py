# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ipvs_table as a task: the whole table of this host in one plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.model import Table, TablePlan
from ..core.options import values_of_virtual
from ..core.plan import plan_table
from ..core.table_options import read_table
from .ipvs_task import KernelTask
from .resolve import HostNames


class TableTask(KernelTask):
    """All services with their destinations, read once and planned once."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """``params``: the options of ipvs_table, ``services``, ``purge`` and ``force``."""
        self.wanted = read_table(params["services"], HostNames())
        self.purge = params["purge"]
        super().__init__(params, is_check)

    def read(self) -> Table:
        """The kernel's whole table."""
        return self.kernel.read_table() if self.kernel else {}

    def plan(self, world: Table) -> TablePlan:
        """Only what differs."""
        return plan_table(world, self.wanted, (), self.purge)

    def values(self, world: Table) -> dict[str, Any]:
        """All services that the kernel has."""
        return {"services": [values_of_virtual(world[key]) for key in sorted(world)]}
