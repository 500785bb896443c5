# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module and the programs that it installs, on each Python of hosts that this machine has.

The agents of a whole pair on the oldest and the newest: tests/integration/agent/test_pythons.py.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.repo import tree
from tests.repo.matrix import find_python, found_pythons, matrix

VERSIONS = found_pythons(matrix().hosts)
PROGRAMS = {"heartbeat": "--state-dir", "ldirectord": "--config", "ctl": "status"}
# Every warning is an error: a thing that the next Python takes away is told by this one.
IMPORT_ALL = """
import importlib, pkgutil, sys
import laico_lvs
names = [each.name for each in pkgutil.walk_packages(laico_lvs.__path__, "laico_lvs.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def host(version: str) -> str:
    return f"py{version.replace('.', '')}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for each Python, with the package as `lvs_package`, run by it, installed it."""
    folder = tmp_path_factory.mktemp("pythons")
    hosts = {
        host(each): {"ansible_python_interpreter": str(find_python(each))} for each in VERSIONS
    }
    inventory = {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    options = json.dumps({"root": f"{folder}/{{{{ inventory_hostname }}}}"})
    argv = ["ansible", "all", "-i", folder / "inventory.yml", "-f", len(hosts), "-o"]
    said = tree.check([*argv, "-m", "laico.lvs.lvs_package", "-a", options])
    assert said.count("| CHANGED =>") == len(hosts), said
    return folder


def python(installed: Path, version: str, *words: str) -> str:
    done = subprocess.run(
        [str(find_python(version)), "-W", "error", *words],
        env={"PYTHONPATH": str(installed / host(version) / "current"), "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_some_python_is_here() -> None:
    assert VERSIONS, "no Python of tests/matrix.yml is on this machine"


@pytest.mark.parametrize("version", VERSIONS)
def test_programs_start(installed: Path, version: str) -> None:
    for program, word in PROGRAMS.items():
        assert word in python(installed, version, "-m", f"laico_lvs.{program}", "--help")


@pytest.mark.parametrize("version", VERSIONS)
def test_each_file_of_the_package_is_imported(installed: Path, version: str) -> None:
    sources = tree.python_files("plugins/module_utils/_lvs")
    # The package itself is imported first.
    assert int(python(installed, version, "-c", IMPORT_ALL)) == len(sources) - 1
