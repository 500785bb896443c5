# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules ipvs_service and ipvs_dest as tasks: one virtual service, or one of its servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import KernelError, OwnedError
from ..core.model import DestKey, ServiceKey, Table, TableOp, TablePlan
from ..core.options import (
    destination_changes,
    service_changes,
    service_key,
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
from . import ownership
from .ipvs_open import check_scheduler, open_ipvs
from .resolve import resolve_address, resolve_port
from .task import Task


def read_key(params: Mapping[str, Any]) -> ServiceKey:
    """The service that the identity options name. Raises ConfigError."""
    if params["fwmark"] is not None:
        return service_key(params, "", 0)
    address = resolve_address(params["address"], "address")
    return service_key(params, address, resolve_port(params["port"], "port", params["protocol"]))


class IpvsTask(Task[Table, TableOp]):
    """What both have in common: a table of the one service, and who owns it."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """Raises ConfigError for options that name nothing, NoIpvsError without IPVS."""
        self.key = read_key(params)
        self.is_present = params["state"] == "present"
        self.is_forced = bool(params["force"])
        self.kernel = open_ipvs(is_check)
        self.is_check = is_check

    def close(self) -> None:
        """Close the kernel's socket."""
        if self.kernel is not None:
            self.kernel.close()

    def read(self) -> Table:
        """The service with its destinations, nothing when it is not there."""
        virtual = self.kernel.read_service(self.key) if self.kernel else None
        return {} if virtual is None else {self.key: virtual}

    def guard(self, world: Table, plan: Sequence[TableOp]) -> None:
        """Refuse what a running daemon owns, unless forced, and a scheduler that is not there."""
        del world
        for op in plan:
            if op.kind in ("add_service", "set_service") and self.is_check:
                check_scheduler(op.service.scheduler)
        owner = ownership.owner_of_service(ownership.read(), self.key) if plan else None
        if owner is not None and not self.is_forced:
            raise OwnedError(
                f"The virtual service {key_words(self.key)} belongs to the running {owner.name} "
                f"by {owner.source}: change lvs_services in the inventory, or that file, instead "
                "(or set force: true, until the daemon puts its own back)."
            )

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
        address = resolve_address(params["destination"], "destination")
        port = params["destination_port"]
        protocol = self.key.protocol or "tcp"
        number = self.key.port if port is None else resolve_port(port, "destination_port", protocol)
        self.dest_key = DestKey(address, number)
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
