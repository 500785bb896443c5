# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole IPVS table with its owners, as the module ipvs_info returns it."""

from __future__ import annotations

from typing import Any

from ..core.errors import NoIpvsError
from ..core.model import ServiceKey, VirtualService
from ..core.options import values_of_virtual
from ..core.plan_text import save_lines
from . import ownership
from .ipvs import Ipvs


def read_all() -> dict[str, Any]:
    """The return values of ipvs_info. Raises KernelError when the table cannot be read."""
    try:
        kernel = Ipvs()
    except NoIpvsError:
        return {
            "is_available": False,
            "version": None,
            "connection_table_size": None,
            "services": [],
            "rules": [],
        }
    with kernel:
        info, table = kernel.info(), kernel.read_table()
    owned = ownership.read()
    return {
        "is_available": True,
        "version": info.version,
        "connection_table_size": info.connection_table_size,
        "services": [_values(key, table[key], owned) for key in sorted(table)],
        "rules": save_lines(table),
    }


def _values(key: ServiceKey, virtual: VirtualService, owned: ownership.Owned) -> dict[str, Any]:
    owner = ownership.owner_of_service(owned, key)
    return {**values_of_virtual(virtual), "owner": owner.name if owner else None}
