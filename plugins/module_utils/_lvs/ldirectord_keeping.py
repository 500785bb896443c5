# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verbs of the health monitor's control socket need of its loop."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from .core.model import ServiceKey, Table
from .core.monitor import Monitor

Message = dict[str, Any]


class Keeping(Protocol):
    """What the verbs need of the daemon."""

    monitor: Monitor
    table: Table
    errors: dict[ServiceKey, str]
    news: asyncio.Event  # set at every result of a check, and when a drain has ended

    def look(self) -> bool:
        """Make the kernel's table right now."""

    def wake(self) -> None:
        """Look at once which checks are due."""

    async def reload(self) -> None:
        """Take a new configuration. Raises ConfigError."""
