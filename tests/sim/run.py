# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run seeds, and show one.

The entry for whoever judges another core, in a process of its own: copy ``plugins``,
``tests/sim``, ``tests/unit/conftest.py`` and the ``__init__.py`` beside them to a folder, patch the
copy, and there (``sys.path[0]``) call::

    from tests.sim.run import run
    from tests.sim.broken import BrokenError
    try:
        result = run(7)            # Result; a second or so of CPU
    except BrokenError as error:   # error.invariant: 1 to 8, error.seed, error.sentence
        ...

Any other exception is the core's own and counts as found, too. The same from a shell:
``python -m tests.sim --seed 1 --count 500 --first`` ends at the first broken seed with exit code 1.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .broken import BrokenError
from .cluster import Cluster
from .scenario import Scenario
from .setup import draw_setup


@dataclass(frozen=True)
class Result:
    """A run that held all invariants: ``worst`` maps what was measured to seconds."""

    seed: int
    virtual_s: float
    cpu_s: float
    faults: int
    worst: dict[str, float]
    kinds: frozenset[str]  # of faults, and states met (`scenario.KINDS`, `states.ALL_STATES`)
    states: frozenset[str]


def run(seed: int, out: Callable[[str], None] | None = None) -> Result:
    """One run; BrokenError, with seed and number, when an invariant does not hold."""
    begun = time.process_time()
    cluster = run_seed(seed, out)
    judge = cluster.judge
    return Result(
        seed=seed,
        virtual_s=cluster.clock.now,
        cpu_s=time.process_time() - begun,
        faults=judge.faults,
        worst=dict(judge.worst),
        kinds=frozenset(cluster.met),
        states=frozenset(judge.states),
    )


def run_seed(seed: int, out: Callable[[str], None] | None = None) -> Cluster:
    """The same, and the cluster as it is at the end."""
    cluster = Cluster(draw_setup(random.Random(seed)), seed, out)
    if out:
        out(f"seed {seed}: {cluster.setup}")
        for group in cluster.groups:
            out(str(group))
    try:
        Scenario(cluster, seed).run()
    except BrokenError as error:
        at_s = cluster.clock.now
        raise BrokenError(error.invariant, error.sentence, seed, at_s) from error
    return cluster


def find_broken(seeds: Iterable[int]) -> tuple[int | None, str]:
    """The first seed that breaks an invariant and the sentence, or None and ""."""
    for seed in seeds:
        try:
            run(seed)
        except BrokenError as error:
            return seed, str(error)
    return None, ""
