# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's IPVS table over generic netlink, raw sockets and struct, nothing else.

Commands: include/uapi/linux/ip_vs.h. There is no transaction and no dump of all destinations:
a table is read with one dump and one more per service.
"""

from __future__ import annotations

import errno
import struct
import sys
from types import TracebackType
from typing import NamedTuple

from ..core.errors import KernelError, NoIpvsError
from ..core.model import Service, ServiceKey, Table, TableOp, VirtualService
from ..core.plan_text import describe, key_words
from .ipvs_codec import (
    decode_dest,
    decode_service,
    encode_dest,
    encode_dest_key,
    encode_key,
    encode_service,
)
from .netlink import NLM_F_ACK, NLM_F_DUMP, NetlinkSocket, attribute, attributes

NETLINK_GENERIC = 16
_GENL_ID_CTRL = 16
_CTRL_CMD_GETFAMILY = 3
_CTRL_ATTR_FAMILY_ID = 1
_CTRL_ATTR_FAMILY_NAME = 2

_COMMANDS = {
    "add_service": 1,
    "set_service": 2,
    "del_service": 3,
    "add_dest": 5,
    "set_dest": 6,
    "del_dest": 7,
}
_CMD_GET_SERVICE = 4
_CMD_GET_DEST = 8
_CMD_GET_INFO = 15

_ATTR_SERVICE, _ATTR_DEST = 1, 2
_INFO_VERSION, _INFO_TABLE_SIZE = 1, 2
_GENL_HEADER = struct.Struct("=BBH")


class IpvsInfo(NamedTuple):
    """``version`` as in "1.2.1"; ``connection_table_size`` in buckets."""

    version: str
    connection_table_size: int


class Ipvs:
    """The kernel's IPVS. A context manager; every call is one short round trip, or one per service.

    Raises NoIpvsError when the kernel has no IPVS, KernelError for everything it refuses.
    """

    def __init__(self) -> None:
        """Ask the kernel for the family, which makes it load ip_vs where it knows the alias."""
        self._socket = NetlinkSocket(NETLINK_GENERIC)
        try:
            self._family = self._find_family()
        except KernelError:
            self._socket.close()
            raise

    def _find_family(self) -> int:
        body = _GENL_HEADER.pack(_CTRL_CMD_GETFAMILY, 1, 0)
        body += attribute(_CTRL_ATTR_FAMILY_NAME, b"IPVS\0")
        try:
            answer = self._socket.request(_GENL_ID_CTRL, 0, body)[0]
        except OSError as error:
            raise NoIpvsError(
                "This kernel has no IPVS: load the module with `modprobe ip_vs`, "
                "or boot a kernel that was built with it.",
                error.errno or 0,
            ) from error
        return int.from_bytes(attributes(answer[4:])[_CTRL_ATTR_FAMILY_ID], sys.byteorder)

    def close(self) -> None:
        """Close the socket; more than once is harmless."""
        self._socket.close()

    def __enter__(self) -> Ipvs:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the socket."""
        self._socket.close()

    def _request(self, command: int, flags: int, body: bytes = b"") -> list[dict[int, bytes]]:
        header = _GENL_HEADER.pack(command, 1, 0)
        answers = self._socket.request(self._family, flags, header + body)
        return [attributes(answer[4:]) for answer in answers]

    def info(self) -> IpvsInfo:
        """Version and size of the connection table."""
        try:
            found = self._request(_CMD_GET_INFO, 0)[0]
        except OSError as error:
            raise _explain_read(error) from error
        version = int.from_bytes(found[_INFO_VERSION], sys.byteorder)
        text = f"{version >> 16 & 0xFF}.{version >> 8 & 0xFF}.{version & 0xFF}"
        return IpvsInfo(text, int.from_bytes(found[_INFO_TABLE_SIZE], sys.byteorder))

    def read_table(self) -> Table:
        """The whole table."""
        try:
            answers = self._request(_CMD_GET_SERVICE, NLM_F_DUMP)
            services = [decode_service(found[_ATTR_SERVICE]) for found in answers]
            return {each.key: self._with_destinations(each) for each in services}
        except OSError as error:
            raise _explain_read(error) from error

    def read_service(self, key: ServiceKey) -> VirtualService | None:
        """One service with its destinations, None when it is not there."""
        try:
            answers = self._request(_CMD_GET_SERVICE, 0, attribute(_ATTR_SERVICE, encode_key(key)))
            return self._with_destinations(decode_service(answers[0][_ATTR_SERVICE]))
        except OSError as error:
            if error.errno == errno.ESRCH:
                return None
            raise _explain_read(error) from error

    def _with_destinations(self, service: Service) -> VirtualService:
        body = attribute(_ATTR_SERVICE, encode_key(service.key))
        answers = self._request(_CMD_GET_DEST, NLM_F_DUMP, body)
        family = service.key.family
        found = [decode_dest(answer[_ATTR_DEST], family) for answer in answers]
        return VirtualService(service, {dest.key: dest for dest in found})

    def apply(self, op: TableOp) -> None:
        """Do one write of a plan. Raises KernelError with a sentence naming what was refused."""
        is_whole = op.kind in ("add_service", "set_service")
        service = encode_service(op.service) if is_whole else encode_key(op.service.key)
        body = attribute(_ATTR_SERVICE, service)
        if op.dest is not None:
            is_gone = op.kind == "del_dest"
            dest = encode_dest_key(op.dest.key) if is_gone else encode_dest(op.dest)
            body += attribute(_ATTR_DEST, dest)
        try:
            self._request(_COMMANDS[op.kind], NLM_F_ACK, body)
        except OSError as error:
            raise _explain_write(op, error) from error


def _explain_read(error: OSError) -> KernelError:
    number = error.errno or 0
    if number == errno.EPERM:
        return KernelError("Reading the IPVS table needs root or CAP_NET_ADMIN.", number)
    return KernelError(f"The kernel did not give its IPVS table: {error}.", number)


def _explain_write(op: TableOp, error: OSError) -> KernelError:
    number = error.errno or 0
    what = f"IPVS refused `{describe([op])[0]}`"
    if number == errno.ENOENT and op.dest is None:
        return KernelError(_missing_scheduler(op.service), number)
    reasons = {
        errno.EPERM: "this needs root or CAP_NET_ADMIN.",
        errno.ESRCH: f"the service {key_words(op.service.key)} is not there (any more).",
        errno.ENOENT: "the destination is not there (any more).",
        errno.EEXIST: "somebody else created it in the meantime; run again.",
        errno.EAFNOSUPPORT: f"this kernel's IPVS was built without IPv{op.service.key.family}.",
        errno.ERANGE: "a weight or threshold is out of range.",
        errno.EINVAL: _explain_invalid(op),
    }
    return KernelError(f"{what}: {reasons.get(number, f'{error}.')}", number)


def _explain_invalid(op: TableOp) -> str:
    family = 0 if op.dest is None else 6 if ":" in op.dest.key.address else 4
    if family in (0, op.service.key.family):
        return "these settings do not go together."
    return "a destination of the other family cannot be while a sync daemon runs: stop that."


def _missing_scheduler(service: Service) -> str:
    name = service.scheduler
    sentence = f"This kernel has no IPVS scheduler {name!r} (module ip_vs_{name})"
    if service.persistence_engine:
        engine = service.persistence_engine
        sentence += f", or no persistence engine {engine!r} (module ip_vs_pe_{engine})"
    return f"{sentence}: choose one that it has, or install its module."
