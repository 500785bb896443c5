# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recorded lab: its state, its topology, and the ways into it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lab import ssh
from lab.errors import LabError
from lab.image import Image
from lab.inventory import inventory_text, make_inventory
from lab.namespace import run_inside
from lab.process import Process
from lab.state import ROOT, GuestState, LabState, Store
from lab.topology import Topology, parse_topology

Result = TypeVar("Result")


class Lab:
    """One recorded lab: its state and the topology in it."""

    def __init__(self, store: Store, state: LabState) -> None:
        """``state`` is what the store holds, or a new one."""
        self.store = store
        self.state = state
        self.topology: Topology = parse_topology(state.topology, f"the topology of {state.name}")
        self.image = Image(Path(state.image))

    @classmethod
    def load(cls, store: Store) -> Lab:
        """The recorded lab; :class:`LabError` where there is none."""
        return cls(store, store.require())

    def save(self) -> None:
        """Write the state down."""
        self.store.save(self.state)

    @property
    def keeper(self) -> Process:
        """The process that holds the namespace; :class:`LabError` when it is gone."""
        keeper = self.state.keeper
        if keeper is None or not keeper.is_alive():
            raise LabError(f"the namespace of the lab {self.state.name} is gone; run 'lab up'")
        return keeper

    def guest(self, name: str) -> GuestState:
        """A host's state; :class:`LabError` for a name that the topology has not."""
        self.topology.host(name)
        return self.state.guests[name]

    def inside(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` in the lab's namespace."""
        return run_inside(self.keeper, work)

    @property
    def ssh_options(self) -> list[str]:
        """How ssh reaches the guests."""
        return ssh.ssh_options(self.store.directory, self.state.sockets, self.image.key)

    def inventory(self) -> str:
        """The Ansible inventory as YAML."""
        command = shlex.join([str(ROOT / "lab" / "lab"), "--name", self.state.name])
        inventory = make_inventory(
            self.topology,
            self.ssh_options,
            secret=self.state.secret,
            command=command,
            client_python=self.store.directory / "python",
        )
        return inventory_text(inventory)
