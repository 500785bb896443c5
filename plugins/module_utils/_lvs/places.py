# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the agent's files lie."""

from __future__ import annotations

import os
from dataclasses import dataclass

OWNER = "lvs-heartbeat"  # in the record of who owns what


@dataclass(frozen=True)
class Places:
    """Where the agent's files lie."""

    config: str = "/etc/ha.d"
    runtime: str = "/run/lvs"
    state: str = "/var/lib/lvs"

    @property
    def control_socket(self) -> str:
        """Where lvsctl and the modules ask."""
        return os.path.join(self.runtime, "heartbeat.sock")

    @property
    def monitor_socket(self) -> str:
        """Where the health monitor answers."""
        return os.path.join(self.runtime, "ldirectord.sock")

    @property
    def owned(self) -> str:
        """The record of who owns what."""
        return os.path.join(self.runtime, "owned.json")

    @property
    def macs(self) -> str:
        """The other directors' MACs as last known."""
        return os.path.join(self.state, "macs.json")


def package_digest() -> str:
    """The name of the folder that this package lies in: its content hash where a role put it."""
    package = os.path.dirname(os.path.realpath(__file__))
    return os.path.basename(os.path.dirname(package))
