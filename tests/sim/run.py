# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run seeds, and show one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from .cluster import Cluster
from .invariants import BrokenError
from .scenario import Scenario, draw_setup


def run_seed(seed: int, out: Callable[[str], None] | None = None, episodes: int = 5) -> Cluster:
    """One run; BrokenError, with the seed in its message, when an invariant does not hold."""
    cluster = Cluster(draw_setup(random.Random(seed)), seed, out)
    if out:
        out(f"seed {seed}: {cluster.setup}")
    try:
        Scenario(cluster).run(episodes)
    except BrokenError as error:
        raise BrokenError(f"{error} (seed {seed}: make sim SEED={seed})") from error
    return cluster


def find_broken(seeds: Iterable[int]) -> tuple[int | None, str]:
    """The first seed that breaks an invariant and the sentence, or None and ""."""
    for seed in seeds:
        try:
            run_seed(seed)
        except BrokenError as error:
            return seed, str(error)
    return None, ""
