# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPVS's timeouts over generic netlink (include/uapi/linux/ip_vs.h, ip_vs_genl_set_config)."""

from __future__ import annotations

import struct
import sys
from collections.abc import Mapping

from ..core.errors import KernelError
from .netlink import NLM_F_ACK, attribute
from .sync_daemon import SyncDaemons

_CMD_SET_CONFIG, _CMD_GET_CONFIG = 12, 13
_ATTRIBUTES = {"tcp": 4, "tcp_fin": 5, "udp": 6}  # IPVS_CMD_ATTR_TIMEOUT_*


class IpvsSettings(SyncDaemons):
    """What IPVS has besides its table: timeouts and sync daemons."""

    def timeouts(self) -> dict[str, int]:
        """Seconds for which an idle connection is kept, by name: tcp, tcp_fin, udp; 0 where there
        is none because the kernel was built without the protocol."""
        try:
            found = self._request(_CMD_GET_CONFIG, 0)[0]
        except OSError as error:
            raise KernelError(
                f"IPVS did not tell its timeouts: {error}.", error.errno or 0
            ) from error
        return {
            name: int.from_bytes(found.get(kind, b""), sys.byteorder)
            for name, kind in _ATTRIBUTES.items()
        }

    def set_timeouts(self, seconds: Mapping[str, int]) -> None:
        """Set these (names as above); the others stay as they are. Raises KernelError."""
        body = b"".join(
            attribute(_ATTRIBUTES[name], struct.pack("=I", value))
            for name, value in seconds.items()
        )
        try:
            self._request(_CMD_SET_CONFIG, NLM_F_ACK, body)
        except OSError as error:
            raise KernelError(f"IPVS refused its timeouts: {error}.", error.errno or 0) from error
