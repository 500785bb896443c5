# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the checkout as a commit would have them, and running tools over them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
VENV_BIN = ROOT / ".venv" / "bin"
COLLECTIONS = ROOT / ".ansible" / "collections"


@cache
def files() -> tuple[Path, ...]:
    """Tracked files and new ones that are not ignored, relative to the root, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    ).stdout
    paths = {Path(name) for name in listed.split("\0") if name}
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))


def under(*folders: str, suffix: str = "") -> list[Path]:
    """The files below any of the folders whose name ends so."""
    return [
        path
        for path in files()
        if path.name.endswith(suffix) and any(path.is_relative_to(folder) for folder in folders)
    ]


def python_files(*folders: str) -> list[Path]:
    return under(*folders, suffix=".py")


def shell_files() -> list[Path]:
    """Scripts of sh and bash, by their first line."""
    shebangs = (b"#!/bin/sh\n", b"#!/usr/bin/env bash\n")
    return [path for path in files() if _first_line(ROOT / path) in shebangs]


def _first_line(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.readline()


def run(
    argv: Iterable[object],
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Run a tool of the .venv; its output, errors included, is in `stdout`."""
    words = [str(word) for word in argv]
    environ = {
        **os.environ,
        "PATH": f"{VENV_BIN}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_FORCE_COLOR": "false",
        "NO_COLOR": "1",
        **(env or {}),
    }
    return subprocess.run(
        words,
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def check(
    argv: Iterable[object],
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 300,
) -> str:
    """As `run`, but a tool that complains fails the test with all that it said."""
    words = [str(word) for word in argv]
    done = run(words, cwd, env, timeout_s)
    said = f"{' '.join(words[:6])} ended with {done.returncode}:\n{done.stdout}"
    assert done.returncode == 0, said
    return done.stdout


def copy_tree(target: Path) -> None:
    """Make `target` a git work tree of its own that holds just `files()`."""
    target.mkdir(parents=True, exist_ok=True)
    check(["git", "init", "--quiet", "."], cwd=target)
    check(["git", "clean", "--quiet", "-d", "--force", "-x", "."], cwd=target)
    for path in files():
        destination = target / path
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, destination)
