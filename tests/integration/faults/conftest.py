# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One lab for all stories, configured once by site.yml.

With ``FAULTS_KEEP_LAB=1`` in the environment the lab stays up at the end, for work on a single
story: the next run finds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.faults.bounds import Bound, write_down
from tests.integration.faults.pair import Pair
from tests.integration.faults.watch import Seen, watching
from tests.integration.story.cluster import Cluster, started

NAME = "faults"
IS_KEPT = os.environ.get("FAULTS_KEEP_LAB") == "1"
Play = Callable[[str, Bound, Callable[[], object]], Seen]


@pytest.fixture(scope="package")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    logs = tmp_path_factory.mktemp("plays")
    with started(NAME, "pair.yml", logs, is_kept=IS_KEPT) as cluster:
        _configure(cluster)
        pair = Pair(NAME)
        pair.calm("laicoz")
        yield pair


def _configure(cluster: Cluster) -> None:
    play = cluster.site()
    if play.code:
        raise AssertionError(f"site.yml failed:\n{play.output[-6000:]}")


@pytest.fixture
def holder() -> str:
    """Who holds the address when a story begins; a story may say otherwise."""
    return "laicoz"


@pytest.fixture
def play(pair: Pair, holder: str, tmp_path: Path) -> Iterator[Play]:
    """Play a story with the instruments beside it; afterwards all is made well again."""
    if holder != "laicoz":
        pair.calm(holder)

    def run(story: str, bound: Bound, act: Callable[[], object]) -> Seen:
        with watching(pair, tmp_path) as seen:
            act()
        write_down(story, bound, seen)
        bound.check(story, seen)
        return seen

    yield run
    pair.calm("laicoz")
