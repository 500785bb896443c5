# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory says a host is supposed to be, as the options of lvs_doctor_info."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import LvsError

from ._derive import default_scheduler, derive_services, derive_vips
from ._inventory import Inventory


def doctor_arguments(inventory: Inventory, host: str) -> dict[str, Any]:
    """Only what the inventory knows; the rest is left for the host to find out."""
    found: dict[str, Any] = {"name": host}
    roles = doctor_roles(inventory, host)
    if roles:
        found["roles"] = roles
    vips = inventory.value(host, "lvs_vips")
    if vips:
        found["vips"] = [
            {key: str(vip[key]) for key in ("address", "interface") if vip.get(key)} for vip in vips
        ]
    services = doctor_services(inventory, host)
    if services:
        found["services"] = services
    quiet = inventory.value(host, "realserver_interface")
    return {**found, "realserver_interface": str(quiet)} if quiet else found


def doctor_roles(inventory: Inventory, host: str) -> list[str]:
    """What the host is by its groups, unless the role's state says that it is to be no more."""
    groups = {
        "director": (inventory.directors, "heartbeat_state"),
        "realserver": (inventory.realservers, "realserver_state"),
    }
    return [
        role
        for role, (hosts, state) in groups.items()
        if host in hosts and inventory.value(host, state, "present") == "present"
    ]


def doctor_services(inventory: Inventory, host: str) -> list[dict[str, Any]]:
    """The services with the real servers' addresses, those of them that are known."""
    given = inventory.value(host, "lvs_services") or []
    if inventory.value(host, "ldirectord_config_src"):
        return []
    vips = derive_vips(inventory.value(host, "lvs_vips") or [], inventory)
    usual = default_scheduler(inventory, host)
    return [_service(service, vips, inventory, usual) for service in given]


def _service(
    service: Mapping[str, Any], vips: list[dict[str, Any]], inventory: Inventory, usual: str
) -> dict[str, Any]:
    try:
        (whole,) = derive_services([service], vips, inventory, usual)
    except (LvsError, LookupError):
        # Nobody has looked at the hosts yet: without their addresses the rest is known still.
        whole = {"scheduler": usual, **service, "real_servers": []}
    keys = ("vip", "port", "protocol", "scheduler", "forward", "real_servers")
    return {key: whole[key] for key in keys if key in whole}
