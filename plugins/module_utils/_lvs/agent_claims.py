# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one agent owns, written down before the kernel is touched, and what an earlier life left."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .core.cluster import Group
from .core.errors import KernelError
from .host import ownership
from .host.holdings import remove_leftovers
from .places import OWNER

if TYPE_CHECKING:
    from .agent import Agent

LOG = logging.getLogger(__name__)


class Claims:
    """The agent's part of the record of who owns what (``Places.owned``)."""

    def __init__(self, agent: Agent) -> None:
        """Nothing is read or written yet."""
        self._agent = agent

    def claim(self, coming: Iterable[Group] = ()) -> None:
        """Write down what is this agent's, or is to be. Raises KernelError."""
        agent = self._agent
        names = {group.name for group in agent.config.groups} | agent.holdings.held
        groups = [*(agent.groups[name] for name in names), *coming]
        self.record({address.address for group in groups for address in group.addresses})

    def record(self, owned: Iterable[str]) -> None:
        """Own these addresses and no others. Raises KernelError."""
        places = self._agent.places
        source = os.path.join(places.config, "haresources")
        ownership.claim_addresses(places.owned, OWNER, source, owned)

    def take_over(self) -> None:
        """L4: claim, then remove every address that an earlier life left, and stop once the other
        resources that it may have started; beside the loop, which waits for no script."""
        earlier = self._read_earlier()
        self.claim()
        groups = self._agent.groups.values()
        owned = {address.address for group in groups for address in group.addresses}
        for held in remove_leftovers(self._agent.kernel, owned):
            LOG.warning("removed %s from %s, left by an earlier life", held.address, held.interface)
        for group in groups:
            if any(address.address in earlier for address in group.addresses):
                self._agent.executor.stop_leftovers(group.name)

    def _read_earlier(self) -> tuple[str, ...]:
        """What an earlier life owned; nothing when it cleaned up behind itself."""
        try:
            owner = ownership.read(self._agent.places.owned).addresses.get(OWNER)
        except KernelError:  # written anew at once
            return ()
        return owner.addresses if owner else ()
