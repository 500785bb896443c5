# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One lab for the tests of a run: set up with the stateless preset and the role's own times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench.rig import STATELESS, Rig, rig


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig(tmp_path_factory.mktemp("bench")) as found:
        found.set_up(**STATELESS)
        yield found
