# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One lab for all stories of a run: bare first, then configured by site.yml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.story.cluster import Cluster, started


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plays")


@pytest.fixture(scope="package")
def bare(logs: Path) -> Iterator[Cluster]:
    """Five hosts of Debian 12 on which nothing was configured."""
    with started("story", "paper.yml", logs) as cluster:
        yield cluster


@pytest.fixture(scope="package")
def cluster(bare: Cluster) -> Cluster:
    """The same after site.yml."""
    play = bare.site()
    if play.code:
        raise AssertionError(f"site.yml failed:\n{play.output[-6000:]}")
    bare.settle()
    return bare
