# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module imports on a host before it does anything: nothing that is dear and not needed.

On a slow host asyncio costs as much as the module's whole work, and pyroute2 ten times that.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.repo import tree

MODULES = sorted(path.stem for path in tree.python_files("plugins/modules"))
DEAR = {"asyncio", "concurrent", "pyroute2", "http", "ssl", "email", "urllib", "xml", "yaml"}
# Each module in a child of its own, after what AnsibleModule itself imports.
SCRIPT = """
import importlib, json, os, sys
sys.path.insert(0, sys.argv[1])
from tests.unit.conftest import make_collection_importable
make_collection_importable()
import ansible.module_utils.basic
before = set(sys.modules)
for name in sys.argv[2:]:
    if os.fork() == 0:
        importlib.import_module(f"ansible_collections.laico.lvs.plugins.modules.{name}")
        new = sorted(set(sys.modules) - before)
        sys.stdout.write(json.dumps([name, new]) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, list[str]]:
    """Module -> what it imports."""
    words = [sys.executable, "-c", SCRIPT, str(tree.ROOT), *MODULES]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_nothing_dear(module: str, imported: dict[str, list[str]]) -> None:
    assert {name.partition(".")[0] for name in imported[module]} & DEAR == set()


def test_a_dear_import_would_be_seen() -> None:
    script = SCRIPT.replace('f"ansible_collections.laico.lvs.plugins.modules.{name}"', "name")
    words = [sys.executable, "-c", script, str(tree.ROOT), "asyncio"]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert "asyncio" in json.loads(done.stdout)[1]
