# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ipvs_timeouts as a task: how long IPVS keeps idle connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import ConfigError, KernelError
from .ipvs_open import open_ipvs
from .ipvs_timeouts import IpvsSettings
from .task import Task

USUAL_S = {"tcp": 900, "tcp_fin": 120, "udp": 300}  # of a kernel that has just loaded ip_vs
# ip_vs_set_timeout: INT_MAX / HZ, and a kernel's HZ is at most 1000.
MAX_TIMEOUT_S = 2147483

Timeouts = dict[str, int]


class TimeoutsTask(Task[Timeouts, Timeouts]):
    """The three timeouts in seconds, by name; a plan has at most one step, what is to be set."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """``params``: the options of ipvs_timeouts, None where left out. Raises ConfigError."""
        self.wanted = {name: params[name] for name in USUAL_S if params[name] is not None}
        for name, seconds in self.wanted.items():
            if not 1 <= seconds <= MAX_TIMEOUT_S:
                raise ConfigError(f"{name}: {seconds} is not within 1 and {MAX_TIMEOUT_S} seconds.")
        self.kernel = open_ipvs(IpvsSettings, is_check)

    def close(self) -> None:
        """Close the kernel's socket."""
        if self.kernel is not None:
            self.kernel.close()

    def read(self) -> Timeouts:
        """As they are now."""
        return self.kernel.timeouts() if self.kernel else USUAL_S

    def plan(self, world: Timeouts) -> Sequence[Timeouts]:
        """What differs, in one step."""
        changes = {name: value for name, value in self.wanted.items() if world[name] != value}
        return [changes] if changes else []

    def guard(self, world: Timeouts, plan: Sequence[Timeouts]) -> None:
        """Refuse a timeout of a protocol that the kernel lacks: it would be ignored."""
        for name in (name for changes in plan for name in changes):
            if not world[name]:
                raise KernelError(
                    f"{name}: this kernel's IPVS was built without this protocol: leave it out."
                )

    def predict(self, world: Timeouts, plan: Sequence[Timeouts]) -> Timeouts:
        """As they are after it."""
        after = dict(world)
        for changes in plan:
            after.update(changes)
        return after

    def apply(self, op: Timeouts) -> None:
        """Set them."""
        if self.kernel is None:
            raise KernelError("Nothing can be written to IPVS in check mode: this is a fault.")
        self.kernel.set_timeouts(op)

    def describe(self, plan: Sequence[Timeouts]) -> list[str]:
        """As ipvsadm's command, in which 0 is left as it is."""
        return [
            " ".join(["--set", *(str(changes.get(name, 0)) for name in USUAL_S)])
            for changes in plan
        ]

    def show(self, world: Timeouts) -> str:
        """One line each."""
        return "".join(f"{name}: {seconds}\n" for name, seconds in world.items())

    def values(self, world: Timeouts) -> dict[str, Any]:
        """The timeouts."""
        return {"timeouts": world}
