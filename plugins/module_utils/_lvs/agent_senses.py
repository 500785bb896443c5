# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one agent looks at besides links and the clients' LAN: ping nodes and watch commands (U)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

from .core.cluster import ClusterConfig, ping_interval_s
from .core.events import Observation, PingAnswer, WatchResult
from .host.ping import Pinger
from .host.watches import Watches


class Senses:
    """Ping nodes and watch commands of a configuration."""

    def __init__(self, observe: Callable[[Sequence[Observation]], None]) -> None:
        """``observe`` is told what was seen, from outside of a turn. Nothing before ``use``."""
        self._observe = observe
        self._pinger = Pinger(self._hear_answers)
        self._watches = Watches(self._hear_result)

    def use(self, config: ClusterConfig) -> None:
        """Look at what this configuration names."""
        self._pinger.use(config.ping_nodes, ping_interval_s(config.timing.keepalive_s))
        self._watches.use(config.watches)

    async def close(self) -> None:
        """Look no more; commands that still run are killed."""
        self._pinger.close()
        await self._watches.close()

    def status(self) -> dict[str, Any]:
        """JSON-ready: ``ping_nodes`` by name; what the core makes of them is for it to say."""
        return {"ping_nodes": self._pinger.status()}

    def _hear_answers(self, names: list[str]) -> None:
        self._observe([PingAnswer(name) for name in names])

    def _hear_result(self, index: int, error: str) -> None:
        self._observe([WatchResult(index, error)])
