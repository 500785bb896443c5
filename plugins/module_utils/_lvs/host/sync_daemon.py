# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""LVSSyncDaemonSwap: the holder's kernel sends its connections, the others' kernels receive."""

from __future__ import annotations

import errno

from ..core.cluster import Resource
from ..core.errors import KernelError
from .ipvs import Ipvs
from .ipvs_sync import SyncDaemon, decode_daemon, encode_daemon, encode_role
from .netlink import NLM_F_ACK, NLM_F_DUMP, attribute

_CMD_NEW_DAEMON, _CMD_DEL_DAEMON, _CMD_GET_DAEMON = 9, 10, 11
_ATTR_DAEMON = 3
_OTHER = {"master": "backup", "backup": "master"}


class SyncDaemons(Ipvs):
    """The kernel's sync daemons. Calls wait for the kernel's threads to begin or end."""

    def daemons(self) -> dict[str, SyncDaemon]:
        """The sync daemons that run, by role (master, backup)."""
        try:
            answers = self._request(_CMD_GET_DAEMON, NLM_F_DUMP)
        except OSError as error:
            raise KernelError(
                f"The kernel did not tell its sync daemons: {error}.", error.errno or 0
            ) from error
        found = [decode_daemon(answer[_ATTR_DAEMON]) for answer in answers]
        return {daemon.role: daemon for daemon in found}

    def new_daemon(self, daemon: SyncDaemon) -> None:
        """Start it; one of its role must not run. Raises KernelError."""
        body = attribute(_ATTR_DAEMON, encode_daemon(daemon))
        try:
            self._request(_CMD_NEW_DAEMON, NLM_F_ACK, body)
        except OSError as error:
            raise _explain_daemon(daemon, error) from error

    def del_daemon(self, role: str) -> None:
        """Stop the daemon of this role, if it runs. Raises KernelError."""
        body = attribute(_ATTR_DAEMON, encode_role(role))
        try:
            self._request(_CMD_DEL_DAEMON, NLM_F_ACK, body)
        except OSError as error:
            if error.errno != errno.ESRCH:
                raise _explain_daemon(SyncDaemon(role, "?"), error) from error


def wanted_daemon(resource: Resource, is_held: bool) -> SyncDaemon:
    """The daemon that is to run. The resource's arguments: the role while its group is held,
    the interface, the syncid."""
    role, interface, sync_id = resource.arguments
    return SyncDaemon(role if is_held else _OTHER[role], interface, int(sync_id))


def swap(resource: Resource, is_held: bool) -> str:
    """Have the wanted daemon run and not the other; "" or one sentence. Waits for the kernel."""
    wanted = wanted_daemon(resource, is_held)
    try:
        kernel = SyncDaemons()
        with kernel:
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


def _explain_daemon(daemon: SyncDaemon, error: OSError) -> KernelError:
    number = error.errno or 0
    reasons = {
        errno.EPERM: "this needs root or CAP_NET_ADMIN",
        errno.EEXIST: "one runs already",
        errno.ENODEV: f"there is no interface {daemon.interface}",
        errno.EINVAL: "none can run while a service has a destination of the other family",
    }
    reason = reasons.get(number, str(error))
    return KernelError(f"IPVS refused its {daemon.role} sync daemon: {reason}.", number)
