# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments of other Pythons and other releases, made once and kept for all checkouts."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.repo.matrix import find_python

TIMEOUT_S = 300


def cache_folder(name: str) -> Path:
    """A folder outside the checkout, so that a fresh clone need not make it all again."""
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = base / f"laico-lvs-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone among the processes that come this way."""
    with path.open("w", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def environment(version: str, packages: Sequence[str]) -> Path:
    """The `bin` of an environment of this Python with these pinned packages, of PyPI."""
    python = find_python(version)
    if python is None:
        raise LookupError(f"this machine has no Python {version}; ask matrix.found_pythons first")
    wanted = "\n".join([str(python), *sorted(packages)])
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    folder = cache_folder("python") / f"{version}-{digest}"
    with locked(folder.parent / f"{folder.name}.lock"):
        if not (folder / "made").exists():
            _make(folder, python, packages)
            (folder / "made").write_text(f"{wanted}\n", encoding="utf-8")
    return folder / "bin"


def _make(folder: Path, python: Path, packages: Sequence[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([python, "-m", "venv", folder])
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([folder / "bin" / "python", *install, *packages])


def _run(argv: Sequence[str | Path]) -> None:
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
        cwd="/",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
