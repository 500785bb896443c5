# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which scenarios molecule's words are about, and which images those need."""

from __future__ import annotations

import pytest

from scripts.container_image import Recipe
from scripts.run_molecule import chosen, recipes, scenarios


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("test -s migrate", ["migrate"]),
        ("login --scenario-name ldirectord --host laicoz", ["ldirectord"]),
        ("test", ["default"]),
        ("test --all", None),
        ("", None),
    ],
)
def test_the_scenarios_are_those_that_molecule_runs(words: str, names: list[str] | None) -> None:
    assert chosen(words.split()) == (scenarios() if names is None else names)


def test_old_packages_are_in_an_image_of_their_own_which_one_scenario_asks_for() -> None:
    plain = {"": Recipe("bookworm")}
    assert recipes("bookworm", ["default", "realserver"]) == plain
    found = recipes("bookworm", ["default", "migrate"])
    assert found == {**plain, "_LEGACY": Recipe("bookworm", "legacy")}
    further = set(found["_LEGACY"].packages) - set(found[""].packages)
    assert further == {"heartbeat", "ldirectord"}
    assert found["_LEGACY"].tag.startswith("laico-lvs-legacy:bookworm-")
    assert found["_LEGACY"].tag.partition(":")[2] != found[""].tag.partition(":")[2]
