# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sanity and units with each ansible-core of the matrix, on each of its Pythons that is here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.repo import ansible_test
from tests.repo.environments import environment
from tests.repo.matrix import Core, found_pythons, matrix

pytestmark = [pytest.mark.tier_full, pytest.mark.timeout(2 * ansible_test.TIMEOUT_S)]

# A core that no Python of this machine carries is the public host's: .github/workflows/ci.yml.
CORES = [core for core in matrix().cores if found_pythons(core.control)]


@pytest.fixture(scope="session")
def collection() -> Path:
    return ansible_test.copy_collection()


@pytest.fixture(scope="session", params=CORES, ids=lambda core: core.core)
def core(request: pytest.FixtureRequest) -> Core:
    found: Core = request.param
    return found


def test_the_matrix_knows_the_pythons_of_the_core(core: Core) -> None:
    bins = environment(*ansible_test.core_environment(core))
    constants = next(
        bins.parent.glob("lib/*/site-packages/ansible_test/_util/target/common/constants.py")
    )
    known = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(constants.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if node.targets[0].id in ("REMOTE_ONLY_PYTHON_VERSIONS", "CONTROLLER_PYTHON_VERSIONS")
    }
    assert known["CONTROLLER_PYTHON_VERSIONS"] == core.control
    assert known["REMOTE_ONLY_PYTHON_VERSIONS"] + core.control == core.targets


def test_sanity(collection: Path, core: Core) -> None:
    bins = [environment(*ansible_test.core_environment(core)), *ansible_test.python_bins()]
    done = ansible_test.run(collection, ["sanity"], bins)
    assert done.returncode == 0, done.stdout


def test_units(collection: Path, core: Core) -> None:
    versions = found_pythons(tuple(each for each in matrix().hosts if each in core.targets))
    done = ansible_test.units(collection, core, versions)
    assert done.returncode == 0, done.stdout
    ran = ansible_test.runs_of_units(done.stdout)
    assert [version for context, version in ran if context == "module_utils"] == versions
    controllers = [version for context, version in ran if context == "controller"]
    assert controllers == [version for version in versions if version in core.control]
