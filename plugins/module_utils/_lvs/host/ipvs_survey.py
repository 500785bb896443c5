# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that IPVS tells, the table with its owners, as the module ipvs_info returns it."""

from __future__ import annotations

from typing import Any

from ..core.errors import NoIpvsError
from ..core.model import ServiceKey, VirtualService
from ..core.options import values_of_virtual
from ..core.plan_text import save_lines
from . import ownership
from .ipvs_timeouts import IpvsSettings
from .sync_task import values_of_daemon


def read_all() -> dict[str, Any]:
    """The return values of ipvs_info. Raises KernelError when the table cannot be read."""
    try:
        kernel = IpvsSettings()
    except NoIpvsError:
        return {
            "is_available": False,
            "version": None,
            "connection_table_size": None,
            "services": [],
            "rules": [],
            "daemons": [],
            "timeouts": None,
        }
    with kernel:
        info, table = kernel.info(), kernel.read_table()
        daemons, timeouts = kernel.daemons(), kernel.timeouts()
    owned = ownership.read()
    return {
        "is_available": True,
        "version": info.version,
        "connection_table_size": info.connection_table_size,
        "services": [_values(key, table[key], owned) for key in sorted(table)],
        "rules": save_lines(table),
        "daemons": [values_of_daemon(daemons[role]) for role in sorted(daemons)],
        "timeouts": timeouts,
    }


def _values(key: ServiceKey, virtual: VirtualService, owned: ownership.Owned) -> dict[str, Any]:
    owner = ownership.owner_of_service(owned, key)
    return {**values_of_virtual(virtual), "owner": owner.name if owner else None}
