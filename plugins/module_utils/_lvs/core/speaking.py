# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node says: its heartbeats, one on each link, with counters that only grow (F2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .context import Context
from .events import Datagram
from .wire import GroupWord, Message, encode


@dataclass(frozen=True)
class Words:
    """What a heartbeat says that is worth one at once when it changes: ``is_last`` is the end of a
    node that stops, ``reached`` how many ping nodes answer."""

    is_last: bool
    reached: int
    groups: Mapping[bytes, GroupWord]


class Speaker:
    """Puts heartbeats together and signs them."""

    def __init__(self, context: Context, boot_id: bytes) -> None:
        """Nothing was said in this life."""
        self._context = context
        self._boot_id = boot_id
        self._counter = 0
        self._link_counters: Counter[str] = Counter()

    def encode(self, now: float, said: Words) -> list[Datagram]:
        """The next heartbeat, once for each link."""
        config = self._context.config
        self._counter += 1
        message = self._message(now, said)
        datagrams = []
        for link_id, link in enumerate(config.links):
            self._link_counters[link.name] += 1
            count = self._link_counters[link.name]
            on_link = replace(message, link_id=link_id, link_counter=count)
            datagrams.append(Datagram(link.name, encode(on_link, config.auth)))
        return datagrams

    def _message(self, now: float, said: Words) -> Message:
        context = self._context
        return Message(
            cluster=context.config.cluster,
            node=context.me,
            boot_id=self._boot_id,
            counter=self._counter,
            sent_ms=int(now * 1000),
            config_digest=context.config.digest,
            is_leaving=context.is_stopping,
            reached=said.reached,
            peers={peer.node_id: peer.speak(now) for peer in context.peers.values()},
            macs=context.macs,
            groups=said.groups,
        )
