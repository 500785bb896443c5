# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the IPVS modules import of the standard library beyond what every module does: next to
nothing, for each task pays for it on the host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PLUGINS = "ansible_collections.laico.lvs.plugins"
IPVS_MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("ipvs_*.py"))
PROBE = """
import importlib, runpy, sys
runpy.run_path(sys.argv[1])
import ansible.module_utils.basic
before = set(sys.modules)
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""


def imported_by(*names: str) -> set[str]:
    """Top-level modules that come with these, beyond what ansible's own ``basic`` brings."""
    conftest = ROOT / "tests" / "unit" / "conftest.py"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(conftest), *names],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return set(done.stdout.split())


def test_ipvs_modules_import_only_themselves() -> None:
    """So no pyroute2 and no asyncio either."""
    assert len(IPVS_MODULES) == 6
    found = imported_by(*(f"{PLUGINS}.modules.{name}" for name in IPVS_MODULES))
    assert found <= {"ansible_collections", "ipaddress"}


def test_the_look_itself_finds_asyncio() -> None:
    assert "asyncio" in imported_by(f"{PLUGINS}.module_utils._lvs.host.control")
