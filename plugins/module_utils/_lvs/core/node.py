# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heartbeat state machine, sans-IO: skeleton of the face, the rules follow."""

from __future__ import annotations

import random
from typing import Dict, List, Optional

from .cluster import ClusterConfig
from .events import Datagram, Event, Observation


class Node:
    """One director's agent. Every call takes ``now``, monotonic seconds; nothing raises for what a
    peer sends. After each call drain ``next_event()``, send ``datagrams_to_send(now)`` and arm a
    timer for ``get_timer()``."""

    is_stopped: bool = False

    def __init__(
        self, config: ClusterConfig, boot_id: bytes, now: float, rng: random.Random
    ) -> None:
        """``boot_id``: 16 random bytes; ``rng``: ``random.SystemRandom`` outside of tests."""

    def receive_datagram(self, data: bytes, link: str, address: str, now: float) -> None:
        """``link`` is the name of the link it came in on, ``address`` the sender's (for logs)."""

    def handle(self, observation: Observation, now: float) -> None:
        """Take in what the loop saw."""

    def handle_timer(self, now: float) -> None:
        """Call when ``get_timer()`` is due, and first thing after every wake (L3)."""

    def datagrams_to_send(self, now: float) -> List[Datagram]:
        """What is to be sent now: one heartbeat on each link, or nothing."""
        return []

    def get_timer(self) -> Optional[float]:
        """When ``handle_timer`` is to be called next."""
        return None

    def next_event(self) -> Optional[Event]:
        """The next thing to do, None when there is none."""
        return None

    def reconfigure(self, config: ClusterConfig, now: float) -> None:
        """Take a new configuration; groups that are gone are released."""

    def stop(self, now: float) -> None:
        """End gracefully: groups are given away (M) or released; then ``is_stopped``."""

    def status(self, now: float) -> Dict[str, object]:
        """JSON-ready."""
        return {}
