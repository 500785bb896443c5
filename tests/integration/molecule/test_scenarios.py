# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each scenario passes from nothing to nothing; a second converge changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scripts.container_engine import end_guest, is_guest_up, local_engine
from scripts.run_molecule import scenarios
from tests.integration.lab.test_cleaning import processes_about
from tests.integration.molecule.bench import LAB_VARIABLE, Bench, bench, run
from tests.integration.molecule.seeded import tree_with
from tests.repo.tree import ROOT
from tests.tiers import tiers

pytestmark = pytest.mark.lab

LAB = "moltest"
REPEATED = "realserver"


@pytest.fixture(autouse=True)
def _lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A guest of these tests' own, which ends with each."""
    monkeypatch.setenv(LAB_VARIABLE, LAB)
    yield
    end_guest()


def what_is_left() -> list[str]:
    """The guest, its files and processes; on an engine that was there, what a scenario made."""
    folder = ROOT / ".lab" / LAB
    left = [f"the guest {LAB}"] if is_guest_up() else []
    left += [f"the folder {folder}"] if folder.exists() else []
    left += processes_about(f"{folder}/", f"--name {LAB} ")
    engine = local_engine()
    return left + (Bench(engine, {}).left() if engine is not None else [])


@pytest.mark.parametrize("name", tiers(scenarios(), ["default"]))
@pytest.mark.timeout(3600)
def test_a_scenario_passes_and_leaves_nothing(name: str) -> None:
    ended = run([str(ROOT / "scripts" / "molecule"), "test", "-s", name], ROOT, os.environ)
    assert ended.status == 0, ended.said
    assert what_is_left() == []


@pytest.fixture(name="on_bench")
def _on_bench() -> Iterator[Bench]:
    with bench(LAB, [REPEATED]) as found:
        yield found


@pytest.mark.tier_full
@pytest.mark.timeout(1800)
def test_converge_twice_and_idempotence_change_nothing_and_destroy_takes_all(
    on_bench: Bench,
) -> None:
    with tree_with(None) as tree:
        first = on_bench.play(tree, REPEATED, ["create", "prepare", "converge"])
        assert first.status == 0, first.said
        assert len(on_bench.left()) > 1
        second = on_bench.play(tree, REPEATED, ["converge", "idempotence", "verify"])
        assert second.status == 0, second.said
        recaps = [line for line in second.said.splitlines() if "unreachable=" in line]
        assert recaps
        assert [line for line in recaps if "changed=0 " not in line] == []
        last = on_bench.play(tree, REPEATED, ["destroy"])
        assert last.status == 0, last.said
    assert on_bench.left() == []
