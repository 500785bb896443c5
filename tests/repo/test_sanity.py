# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity, on every Python found here that a host may have."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repo import tree

pytestmark = pytest.mark.tier_test

# ansible-test wants to fetch a bootstrap for pip from a host of its own; ensurepip does as well.
GET_PIP_NAME = "get_pip_24_2.py"  # the version is the one that ansible-core 2.19 asks for
GET_PIP = """\
import subprocess, sys
wanted = [word for word in sys.argv[1:] if word.startswith("pip==")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"],
                      stdout=subprocess.DEVNULL)
subprocess.check_call(
    [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted])
"""
VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
TIMEOUT_S = 600


def real_folder(version: str) -> Path | None:
    """The folder of a Python, pyenv's shims seen through: ansible-test clears their variable."""
    command = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in sorted(pyenv.glob(f"{version}.*/bin/{command}"), reverse=True):
        return candidate.parent
    found = shutil.which(command, path="/usr/bin:/usr/local/bin")
    return Path(found).parent if found else None


def search_path() -> str:
    folders = [real_folder(version) for version in VERSIONS]
    rest = [entry for entry in os.environ["PATH"].split(":") if "shims" not in entry]
    first = [str(tree.VENV_BIN)]
    return ":".join(first + [str(folder) for folder in folders if folder] + rest)


def home() -> Path:
    """Kept between runs and shared by all checkouts: what is in it takes a minute to make."""
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    made = base / "laico-lvs-sanity"
    stub = made / ".ansible" / "test" / "cache" / GET_PIP_NAME
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text(GET_PIP, encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def collection() -> Path:
    """A copy at .../ansible_collections/laico/lvs, the only place that ansible-test runs in."""
    target = tree.CACHE / "sanity" / "ansible_collections" / "laico" / "lvs"
    tree.copy_tree(target)
    return target


def sanity(collection: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": search_path(), "HOME": str(home())}
    argv = [tree.VENV_BIN / "ansible-test", "sanity", "--local", "--color", "no", *arguments]
    return tree.run(argv, cwd=collection, env=environ, timeout_s=TIMEOUT_S)


@pytest.mark.timeout(TIMEOUT_S)
def test_sanity(collection: Path) -> None:
    done = sanity(collection)
    assert done.returncode == 0, done.stdout
    missed = [line for line in done.stdout.splitlines() if "could not be found" in line]
    assert not any("Python 3.11" in line for line in missed), "\n".join(missed)


@pytest.mark.timeout(TIMEOUT_S)
def test_sanity_can_fail(collection: Path) -> None:
    planted = collection / "plugins" / "module_utils" / "planted.py"
    planted.write_text("assert True\nprint('x')\n", encoding="utf-8")
    try:
        done = sanity(collection, "--test", "no-assert", "plugins/module_utils/planted.py")
    finally:
        planted.unlink()
    assert done.returncode != 0
    assert "planted.py:1" in done.stdout
