# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""LVSSyncDaemonSwap: the holder's kernel sends its connections, the others' kernels receive."""

from __future__ import annotations

from ..core.cluster import Resource
from ..core.errors import KernelError
from .ipvs import Ipvs
from .ipvs_sync import SyncDaemon

_OTHER = {"master": "backup", "backup": "master"}


def wanted_daemon(resource: Resource, is_held: bool) -> SyncDaemon:
    """The daemon that is to run. The resource's arguments: the role while its group is held,
    the interface, the syncid."""
    role, interface, sync_id = resource.arguments
    return SyncDaemon(role if is_held else _OTHER[role], interface, int(sync_id))


def swap(resource: Resource, is_held: bool) -> str:
    """Have the wanted daemon run and not the other; "" or one sentence. Waits for the kernel."""
    wanted = wanted_daemon(resource, is_held)
    try:
        with Ipvs() as kernel:
            running = kernel.daemons()
            kernel.del_daemon(_OTHER[wanted.role])
            found = running.get(wanted.role)
            if found and (found.interface, found.sync_id) == (wanted.interface, wanted.sync_id):
                return ""
            kernel.del_daemon(wanted.role)
            kernel.new_daemon(wanted)
    except KernelError as error:
        return str(error)
    return ""
