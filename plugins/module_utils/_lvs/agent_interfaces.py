# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This host's interfaces and addresses as the kernel tells them, and the sockets that hang on
them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from .core.errors import KernelError
from .core.events import AddressGone, LinkState, Macs
from .host.address_watch import AddressWatch

if TYPE_CHECKING:
    from .agent import Agent

LOG = logging.getLogger(__name__)

RETRY_S = 1.0


class Interfaces:
    """What one agent knows of its interfaces."""

    def __init__(self, agent: Agent) -> None:
        """Subscribe to the kernel's news; raises KernelError."""
        self._agent = agent
        self._watch = AddressWatch()
        self._is_up: dict[str, bool] = {}

    def fileno(self) -> int:
        """Readable when there is news."""
        return self._watch.fileno()

    def close(self) -> None:
        """Hear no more."""
        self._watch.close()

    def read(self) -> None:
        """Tell the core what changed since the last call."""
        for change in self._watch.read():
            if isinstance(change, LinkState):
                self._note_link(change)
            else:
                self._note_removal(change.interface, change.address)

    def tell_macs(self) -> None:
        """Tell the core this host's MACs. Raises KernelError."""
        self._agent.observe(Macs(self._agent.sockets.read_macs()))

    def tell_links(self) -> None:
        """Tell the core which interfaces are up. Raises KernelError."""
        links = self._agent.kernel.links()
        for interface in self._agent.sockets.interfaces():
            self._is_up[interface] = interface in links and links[interface].is_up
            self._agent.observe(LinkState(interface, self._is_up[interface]))

    async def retry_sockets(self) -> None:
        """Open what could not be opened, for as long as the agent lives."""
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                self._agent.sockets.open()
            except (KernelError, OSError) as error:
                LOG.warning("the sockets are not all open: %s", error)

    def _note_link(self, change: LinkState) -> None:
        if self._is_up.get(change.interface, False) != change.is_up:
            self._is_up[change.interface] = change.is_up
            asyncio.get_running_loop().call_soon(self._refresh, change.interface)
            self._agent.observe(change)

    def _note_removal(self, interface: str, address: str) -> None:
        holdings = self._agent.holdings
        for group in self._agent.groups.values():
            if not holdings.is_expected(group, interface, address):
                continue
            with contextlib.suppress(KernelError):  # the next renewal of the lease sees it
                if not holdings.has(interface, address):
                    self._agent.observe(AddressGone(address))

    def _refresh(self, interface: str) -> None:
        try:
            self._agent.sockets.reopen(interface)
            self.tell_macs()
        except (KernelError, OSError) as error:
            LOG.warning("%s: %s", interface, error)
        self._agent.turn()
