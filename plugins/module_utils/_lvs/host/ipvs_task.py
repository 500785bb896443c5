# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules ipvs_service and ipvs_dest as tasks: one virtual service, or one of its servers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..core.errors import KernelError, OwnedError
from ..core.model import ServiceKey, Table, TableOp, TablePlan
from ..core.options import (
    destination_changes,
    service_changes,
    values_of_dest,
    values_of_virtual,
)
from ..core.plan import (
    apply_plan,
    plan_dest,
    plan_dest_absent,
    plan_service,
    plan_service_absent,
)
from ..core.plan_text import describe, key_words, save_lines
from ..core.table_options import read_dest_key, read_key
from . import ownership
from .ipvs import Ipvs
from .ipvs_open import check_scheduler, open_ipvs
from .resolve import HostNames
from .task import Task


def refuse_owned(keys: Collection[ServiceKey]) -> None:
    """Raise OwnedError, with the file to change instead, if a running daemon owns one of these."""
    owned = ownership.read()
    for key in sorted(keys):
        owner = ownership.owner_of_service(owned, key)
        if owner is not None:
            raise OwnedError(
                f"The virtual service {key_words(key)} belongs to the running {owner.name} "
                f"by {owner.source}: change lvs_services in the inventory, or that file, instead "
                "(or set force: true, until the daemon puts its own back)."
            )


class KernelTask(Task[Table, TableOp]):
    """What the tasks on the IPVS table have in common: the kernel, and who owns what."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """Raises NoIpvsError without IPVS."""
        self.is_forced = bool(params["force"])
        self.is_check = is_check
        self.kernel = open_ipvs(Ipvs, is_check)

    def close(self) -> None:
        """Close the kernel's socket."""
        if self.kernel is not None:
            self.kernel.close()

    def guard(self, world: Table, plan: Sequence[TableOp]) -> None:
        """Refuse what a running daemon owns, unless forced, and a scheduler that is not there."""
        del world
        if self.is_check:
            made = (op for op in plan if op.kind in ("add_service", "set_service"))
            for scheduler in sorted({op.service.scheduler for op in made}):
                check_scheduler(scheduler)
        if plan and not self.is_forced:
            refuse_owned({op.service.key for op in plan})

    def predict(self, world: Table, plan: Sequence[TableOp]) -> Table:
        """The service after the plan."""
        return apply_plan(world, plan)

    def apply(self, op: TableOp) -> None:
        """Do one write."""
        if self.kernel is None:
            raise KernelError("Nothing can be written to IPVS in check mode: this is a fault.")
        self.kernel.apply(op)

    def describe(self, plan: Sequence[TableOp]) -> list[str]:
        """As ipvsadm's commands."""
        return describe(plan)

    def show(self, world: Table) -> str:
        """As ``ipvsadm -Sn`` prints it."""
        return "".join(f"{line}\n" for line in save_lines(world))


class IpvsTask(KernelTask):
    """What services and destinations have in common: a table of the one service."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """Raises ConfigError for options that name nothing, NoIpvsError without IPVS."""
        self.names = HostNames()
        self.key = read_key(params, "", self.names)
        self.is_present = params["state"] == "present"
        super().__init__(params, is_check)

    def read(self) -> Table:
        """The service with its destinations, nothing when it is not there."""
        virtual = self.kernel.read_service(self.key) if self.kernel else None
        return {} if virtual is None else {self.key: virtual}

    def values(self, world: Table) -> dict[str, Any]:
        """The service."""
        virtual = world.get(self.key)
        return {"service": values_of_virtual(virtual) if virtual else None}


class ServiceTask(IpvsTask):
    """One virtual service."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """``params`` are the options of ipvs_service."""
        super().__init__(params, is_check)
        self.changes = service_changes(params, self.key)

    def plan(self, world: Table) -> TablePlan:
        """Set or remove the service."""
        if self.is_present:
            return plan_service(world, self.key, self.changes)
        return plan_service_absent(world, self.key)


class DestTask(IpvsTask):
    """One destination of a service that exists."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """``params`` are the options of ipvs_dest."""
        super().__init__(params, is_check)
        self.dest_key = read_dest_key(params, self.key, "", self.names)
        self.changes = destination_changes(params)

    def plan(self, world: Table) -> TablePlan:
        """Set or remove the destination."""
        if not self.is_present:
            return plan_dest_absent(world, self.key, self.dest_key)
        return plan_dest(world, self.key, self.dest_key, self.changes)

    def values(self, world: Table) -> dict[str, Any]:
        """The service and the destination."""
        virtual = world.get(self.key)
        dest = virtual.destinations.get(self.dest_key) if virtual else None
        return {**super().values(world), "destination": values_of_dest(dest) if dest else None}
