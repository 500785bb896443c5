# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenarios' verifiers catch seeded faults of the roles: `make test-full`, or one by one with

.venv/bin/python -m tests.integration.molecule.try_faults NAME
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.molecule.bench import Bench, Ended, bench
from tests.integration.molecule.seeded import FOLDER, Fault, read, read_faults, sequence, steps_to
from tests.repo.tree import ROOT, run
from tests.sim.patching import PatchError, apply

FAULTS = read_faults()
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@pytest.fixture(scope="module", name="on_bench")
def _on_bench() -> Iterator[Bench]:
    """One guest for all faults."""
    scenarios = sorted({fault.scenario for fault in FAULTS.values()})
    with bench("molfaults", scenarios) as found:
        yield found


@pytest.mark.tier_check
def test_each_role_has_at_least_two_faults() -> None:
    count = Counter(fault.role for fault in FAULTS.values())
    assert {role: count[role] >= 2 for role in ROLES} == dict.fromkeys(ROLES, True)
    assert all(name.startswith(f"{fault.role}_") for name, fault in FAULTS.items())


@pytest.mark.tier_check
@each_fault
def test_a_fault_fits_the_roles_as_they_are(fault: Fault, tmp_path: Path) -> None:
    for path in {hunk.path for hunk in fault.mutant.hunks}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    apply(fault.mutant, tmp_path)
    done = run(["git", "apply", "--check", FOLDER / f"{fault.name}.patch"])
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.tier_check
@each_fault
def test_a_fault_names_a_test_of_a_scenario(fault: Fault) -> None:
    assert len(fault.mutant.tests) == 1
    path, dummy, name = fault.test.partition("::")
    assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8")
    made, after = fault.steps()
    assert made[0] == "create"
    assert after[-1].split()[0] == "verify"


@pytest.mark.tier_full
@pytest.mark.lab
@pytest.mark.timeout(3600)
@each_fault
def test_the_verifier_that_a_fault_names_catches_it(fault: Fault, on_bench: Bench) -> None:
    ended = on_bench.catch(fault)
    assert ended.is_caught(fault), ended.said


@pytest.mark.tier_check
def test_the_steps_to_a_verifier_are_those_of_its_scenario() -> None:
    assert steps_to("realserver", "gone") == (
        ["create", "prepare", "converge"],
        ["side_effect", "verify gone"],
    )
    assert steps_to("heartbeat", "tests")[0] == ["create", "converge"]
    assert sequence("heartbeat")[-1] == "destroy"


SAID = """\
E   AssertionError: assert ['0'] == ['1']
FAILED realserver/tests/test_realserver.py::test_one[unit.service] - AssertionError: x
ERROR realserver/tests/test_realserver.py::test_two
PLAY RECAP: FAILED
1 failed, 1 error in 2.05s"""
PATCH = """\
Rule: it is 1
Caught-by: molecule/realserver/tests/test_realserver.py::test_one
Shows: assert ['0'] == ['1']

--- a/roles/realserver/vars/main.yml
+++ b/roles/realserver/vars/main.yml
@@ -1,1 +1,1 @@
-one
+two
"""


@pytest.mark.tier_check
def test_the_tests_that_failed_are_read_from_pytests_summary() -> None:
    assert Ended(1, SAID).failed_tests() == {"test_one", "test_two"}


@pytest.mark.tier_check
@pytest.mark.parametrize(
    ("shown", "said", "is_caught"),
    [
        ("assert ['0'] == ['1']", SAID, True),
        ("assert ['2'] == ['1']", SAID, False),
        ("PLAY RECAP", SAID, False),
        ("assert ['0'] == ['1']", SAID.replace("test_one", "test_other"), False),
    ],
)
def test_a_fault_is_caught_by_the_test_it_names_and_for_its_reason(
    shown: str, said: str, is_caught: bool
) -> None:
    fault = read("it", PATCH.replace("assert ['0'] == ['1']", shown))
    assert (fault.role, fault.scenario) == ("realserver", "realserver")
    assert Ended(1, said).is_caught(fault) == is_caught


@pytest.mark.tier_check
def test_a_patch_that_shows_nothing_is_refused() -> None:
    with pytest.raises(PatchError, match="one line must begin with 'Shows: '"):
        read("it", PATCH.replace("Shows", "Says"))
