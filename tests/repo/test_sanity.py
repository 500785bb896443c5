# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity and units with the ansible-core of the .venv.

Sanity looks at every Python found here that a host may have; the other cores are test_cores.py's.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.repo import ansible_test, tree
from tests.repo.matrix import found_pythons, matrix

pytestmark = [pytest.mark.tier_test, pytest.mark.timeout(ansible_test.TIMEOUT_S)]

CORE = [core for core in matrix().cores if "3.11" in core.control][-1]
CONTROL = found_pythons(CORE.control)[0]


@pytest.fixture(scope="session")
def collection() -> Path:
    return ansible_test.copy_collection()


def sanity(collection: Path, *words: str) -> subprocess.CompletedProcess[str]:
    bins = [tree.VENV_BIN, *ansible_test.python_bins()]
    return ansible_test.run(collection, ["sanity", *words], bins)


def test_sanity(collection: Path) -> None:
    done = sanity(collection)
    assert done.returncode == 0, done.stdout
    missed = [line for line in done.stdout.splitlines() if "could not be found" in line]
    assert not any("Python 3.11" in line for line in missed), "\n".join(missed)


def test_sanity_can_fail(collection: Path) -> None:
    planted = collection / "plugins" / "module_utils" / "planted.py"
    planted.write_text("assert True\nprint('x')\n", encoding="utf-8")
    try:
        done = sanity(collection, "--test", "no-assert", "plugins/module_utils/planted.py")
    finally:
        planted.unlink()
    assert done.returncode != 0
    assert "planted.py:1" in done.stdout


def test_units_of_what_hosts_run_on_the_oldest_python_of_hosts(collection: Path) -> None:
    """On the control node's Python they run in `make check`, by plain pytest."""
    oldest = found_pythons(matrix().hosts)[0]
    ran = units(collection, [oldest, CONTROL], "--python", oldest)
    assert ran == [("modules", oldest), ("module_utils", oldest)]


def test_units_of_the_control_node(collection: Path) -> None:
    on_hosts = ("tests/unit/plugins/module_utils", "tests/unit/plugins/modules")
    paths = [
        str(path)
        for path in tree.python_files("tests/unit")
        if path.name.startswith("test_") and not path.is_relative_to(on_hosts[0])
        if not path.is_relative_to(on_hosts[1])
    ]
    assert units(collection, [CONTROL], *paths) == [("controller", CONTROL)]


def units(collection: Path, versions: list[str], *words: str) -> list[tuple[str, str]]:
    done = ansible_test.units(collection, CORE, versions, *words)
    assert done.returncode == 0, done.stdout
    return ansible_test.runs_of_units(done.stdout)


def test_units_can_fail(collection: Path) -> None:
    planted = collection / "tests" / "unit" / "plugins" / "module_utils" / "test_planted.py"
    planted.write_text("def test_planted() -> None:\n    raise ValueError\n", encoding="utf-8")
    try:
        path = str(planted.relative_to(collection))
        done = ansible_test.units(collection, CORE, [CONTROL], path)
    finally:
        planted.unlink()
    assert done.returncode != 0
    assert "1 failed" in done.stdout
