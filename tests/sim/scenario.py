# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run: a start, faults drawn from the seed, sometimes two at a time, a calm, the verdict."""

from __future__ import annotations

from collections.abc import Callable

from . import faults_host, faults_wire, faults_word
from .cluster import Cluster
from .world import Fault, Steps, World

FAULTS = [*faults_wire.FAULTS, *faults_host.FAULTS, *faults_word.FAULTS]
KINDS = faults_wire.KINDS | faults_host.KINDS | faults_word.KINDS | {"drift of 200 ppm"}
DRAWN: list[Fault] = [fault for fault, dummy in FAULTS]
WEIGHTS = [weight for dummy, weight in FAULTS]
LEAST_FAULTS = 10
LEAST_S = 60.0
CALM_S = 16.0


class Scenario:
    """Draws and carries out the faults of one run."""

    def __init__(self, cluster: Cluster, first: int) -> None:
        """Nothing has begun. ``first`` is the place in ``DRAWN`` of the first fault, so that few
        seeds meet all of them."""
        self._next: Fault | None = DRAWN[first % len(DRAWN)]
        self.cluster, self.rng = cluster, cluster.rng
        self.world = World(cluster)
        self._under_way = 0

    def run(self) -> None:
        """At least ten faults and a minute, then everything heals and a calm follows."""
        self._start()
        while self.cluster.judge.faults < LEAST_FAULTS or self._is_short():
            self._play(self._draw())
            if self.rng.random() < 0.2:
                self._run(self.rng.uniform(0, 1.5))
                self._play(self._draw())
            while self._under_way:
                self._run(0.05)
            self._run(self.rng.choice([0.0, self.rng.uniform(0, 5)]))
        self._finish()

    def _is_short(self) -> bool:
        return self.cluster.clock.now < LEAST_S - CALM_S

    def _draw(self) -> Fault:
        drawn, self._next = self._next, None
        return drawn or self.rng.choices(DRAWN, WEIGHTS)[0]

    def _start(self) -> None:
        """Together, or one after the other."""
        names = list(self.cluster.hosts)
        self.rng.shuffle(names)
        for name in names:
            self.cluster.hosts[name].power_on()
            self.cluster.change(f"power on {name}")
            self._run(self.rng.uniform(0, self.rng.choice([0.1, 0.1, 6])))
        self._run(self.rng.uniform(2, 6))

    def _finish(self) -> None:
        for host in self.cluster.hosts.values():
            host.power_on()
            host.start_agent()
        self.cluster.change("calm")
        calm_since = self.cluster.clock.now
        setup = self.cluster.setup
        self._run(CALM_S + setup.initdead_s + 5 * setup.deadtime_s)
        self.cluster.judge.judge_end(calm_since)

    def _run(self, for_s: float) -> None:
        self.cluster.clock.run(self.cluster.clock.now + for_s)

    def _play(self, fault: Fault) -> None:
        """Begin a fault; its next steps come when their time has."""
        self._under_way += 1
        self._step(fault(self.world))()

    def _step(self, steps: Steps) -> Callable[[], None]:
        def step() -> None:
            wait_s = next(steps, None)
            if wait_s is None:
                self._under_way -= 1
            else:
                self.cluster.clock.after(wait_s, step)

        return step
