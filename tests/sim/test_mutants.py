# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cores with one rule broken are caught, each by the tests and the invariant that its patch names.

Those that are caught within a second or two are part of `make check`, all of `.ci/run`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sim.judging import SEEDS, failing_tests, find_breach
from tests.sim.patching import ROOT, Hunk, Mutant, PatchError, apply, parse, read_mutants, tree_with
from tests.tiers import tiers

MUTANTS = read_mutants()
SEARCHED = [name for name, mutant in MUTANTS.items() if mutant.invariants]
IN_CHECK = (
    "b2_failback_grabs",
    "f1_no_echo_asked_for",
    "f2_counter_not_compared",
    "m2_left_out",
    "t1_grace_ignored",
    "t2_comparison_turned",
    "t2_preference_before_term",
    "t4_probe_left_out",
    "t4_takes_while_contested",
)
Verdicts = dict[str, Future[list[str]]]
SEARCHED_IN_CHECK = ("l1_lease_not_renewed", "m2_left_out", "t2_preference_before_term")


def failing_of(mutant: Mutant) -> list[str]:
    with tree_with(mutant) as root:
        return failing_tests(root, mutant.tests)


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest) -> Iterator[Verdicts]:
    """Of the mutants that were asked for, two at a time."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    names = {item.callspec.params.get("name") for item in items if hasattr(item, "callspec")}
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: pool.submit(failing_of, mutant)
            for name, mutant in MUTANTS.items()
            if name in names
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", tiers(MUTANTS, IN_CHECK, "tier_check", "tier_ci"))
def test_the_tests_that_a_mutant_names_catch_it(name: str, verdicts: Verdicts) -> None:
    assert verdicts[name].result() == list(MUTANTS[name].tests)


@pytest.mark.parametrize("name", tiers(SEARCHED, SEARCHED_IN_CHECK, "tier_check"))
def test_the_simulator_finds_what_a_mutant_breaks(name: str) -> None:
    with tree_with(MUTANTS[name]) as root:
        breach = find_breach(root)
    assert breach is not None, f"{name} lived through {SEEDS} runs"
    assert breach.invariant in MUTANTS[name].invariants, breach


def test_every_patch_fits_the_code_as_it_is() -> None:
    """All of them here: those of `.ci/run` would be found out late."""
    for mutant in MUTANTS.values():
        for hunk in mutant.hunks:
            count = (ROOT / hunk.path).read_text(encoding="utf-8").count(hunk.old)
            assert count == 1, f"{mutant.name} is found {count} times in {hunk.path}"


def test_there_are_enough_of_every_rule() -> None:
    assert len(MUTANTS) >= 40
    assert {name[0] for name in MUTANTS} >= set("ftlmbu")
    assert all(mutant.tests for mutant in MUTANTS.values())
    assert {*IN_CHECK, *SEARCHED_IN_CHECK} <= set(MUTANTS)
    assert len(SEARCHED) >= 8


def test_a_whole_core_passes_what_mutants_fail() -> None:
    """A test that fails anyhow would catch every mutant."""
    tests = [MUTANTS[name].tests[0] for name in IN_CHECK]
    with tree_with(None) as root:
        assert failing_tests(root, list(dict.fromkeys(tests))) == []


# ---- patches ------------------------------------------------------------------------------------

PATCH = """\
Rule: T9 nothing is done
Caught-by: tests/x.py::test_it
Caught-by: invariant 8

--- a/x.py
+++ b/x.py
@@ -1,3 +1,3 @@
 one
-two
+2

"""


def write(folder: Path, text: str) -> Path:
    path = folder / "x.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_patch_is_read_and_applied_wherever_its_lines_are(tmp_path: Path) -> None:
    mutant = parse("it", PATCH)
    assert mutant.hunks == (Hunk("x.py", "one\ntwo\n\n", "one\n2\n\n"),)
    assert (mutant.rule, mutant.tests) == ("T9 nothing is done", ("tests/x.py::test_it",))
    assert mutant.invariants == (8,)
    path = write(tmp_path, "zero\n\none\ntwo\n\nthree\n")
    apply(mutant, tmp_path)
    assert path.read_text(encoding="utf-8") == "zero\n\none\n2\n\nthree\n"


@pytest.mark.parametrize("text", ["one\n  two\n\n", "one\ntwo\n\none\ntwo\n\n", "", "two\n\n"])
def test_a_patch_that_does_not_fit_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(PatchError, match=r"it: its lines are found \d times in x.py"):
        apply(parse("it", PATCH), tmp_path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "text", ["", PATCH.replace("Rule", "Rules"), PATCH.replace("Caught-by", "By"), PATCH[:40]]
)
def test_a_patch_without_its_head_is_refused(text: str) -> None:
    with pytest.raises(PatchError, match="begin with one Rule"):
        parse("it", text)
