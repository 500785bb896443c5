# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests/matrix.yml says, and which of its Pythons this machine has."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from tests.repo import tree


@dataclass(frozen=True)
class Core:
    """One series of ansible-core, say 2.19, by the release that the tests install."""

    core: str
    release: str
    control: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Matrix:
    """Both oldest first."""

    cores: tuple[Core, ...]
    hosts: tuple[str, ...]


@cache
def matrix() -> Matrix:
    read = yaml.safe_load((tree.ROOT / "tests/matrix.yml").read_text(encoding="utf-8"))
    cores = tuple(
        Core(each["core"], each["release"], tuple(each["control"]), tuple(each["targets"]))
        for each in read["cores"]
    )
    return Matrix(cores, tuple(read["hosts"]))


@cache
def find_python(version: str) -> Path | None:
    """The interpreter itself, not pyenv's shim: ansible-test clears the shims' variable."""
    command = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in sorted(pyenv.glob(f"{version}.*/bin/{command}"), reverse=True):
        return candidate
    found = shutil.which(command, path="/usr/bin:/usr/local/bin")
    return Path(found) if found else None


def found_pythons(versions: tuple[str, ...]) -> list[str]:
    """Those of `versions` that this machine has, in their order."""
    return [version for version in versions if find_python(version)]
