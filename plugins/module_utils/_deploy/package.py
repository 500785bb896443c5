# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The on-host package as one deterministic archive, and its place on a host.

The same sources give the same bytes (sorted, fixed times, modes and owners), so that the digest
of the archive names the folder, and a host that has the folder needs nothing.
"""

from __future__ import annotations

import compileall
import contextlib
import gzip
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from .._lvs.core.errors import ConfigError
from . import records
from .files import WantedFile, ensure_files, sync_directory
from .outcome import Outcome

PACKAGE = "laico_lvs"
DEFAULT_ROOT = "/usr/local/lib/laico_lvs"
LVSCTL = "/usr/local/sbin/lvsctl"
RUNTIME_DIRECTORY = "/run/lvs"
DIGEST_LENGTH = 16
_EPOCH = 1577836800  # 2020-01-01: zip tools and make dislike times before 1980

WRAPPER = """#!/bin/sh
# Installed by Ansible (laico.lvs).
PYTHONPATH={root}/current exec /usr/bin/python3 -m laico_lvs.ctl "$@"
"""


def build_archive(source: Path) -> tuple[str, bytes]:
    """Return (digest, gzipped tar) of the Python files under ``source``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in _sources(source):
            _add(archive, path, f"{PACKAGE}/{path.relative_to(source).as_posix()}")
    return _digest_content(source), gzip.compress(buffer.getvalue(), mtime=0)


def _sources(source: Path) -> list[Path]:
    return sorted(path for path in source.rglob("*.py") if "__pycache__" not in path.parts)


def _digest_content(source: Path) -> str:
    total = hashlib.sha256()
    for path in _sources(source):
        body = path.read_bytes()
        name = path.relative_to(source).as_posix()
        total.update(f"{name}\0{len(body)}\0".encode())
        total.update(body)
    return total.hexdigest()[:DIGEST_LENGTH]


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    body = path.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(body), _EPOCH, 0o644
    archive.addfile(entry, io.BytesIO(body))


def ensure_package(root: str, digest: str, archive: bytes, is_check: bool) -> Outcome:
    """Have the package of ``digest`` under ``root``, ``current`` pointing to it, and lvsctl.

    The package that ``current`` pointed to before is kept for the way back, older ones are removed.
    """
    outcome = Outcome()
    before = read_current(root)
    if not os.path.isdir(os.path.join(root, digest)) and not is_check:
        _unpack(root, digest, archive)
    if before != digest:
        if not is_check:
            _flip(root, digest)
            _prune(root, keep=(digest, before))
        outcome.note(f"{root}/current", f"{before}\n" if before else "", f"{digest}\n")
    if root == DEFAULT_ROOT:
        wrapper = WantedFile(LVSCTL, WRAPPER.format(root=root), 0o755)
        outcome.add(ensure_files([wrapper], [], is_check))
    outcome.values.update(digest=digest, previous=before, root=root)
    return outcome


def read_current(root: str) -> str:
    """Return the digest that ``current`` points to, "" where nothing is installed."""
    link = os.path.join(root, "current")
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else ""


def _unpack(root: str, digest: str, archive: bytes) -> None:
    os.makedirs(root, mode=0o755, exist_ok=True)
    scratch = tempfile.mkdtemp(dir=root, prefix=".new.")
    try:
        os.chmod(scratch, 0o755)
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            for entry in tar.getmembers():
                _extract(tar, entry, scratch)
        _check_unpacked(scratch, digest)
        compileall.compile_dir(scratch, quiet=2)
        for directory in [entry[0] for entry in os.walk(scratch)]:
            sync_directory(directory)
        os.sync()
        os.rename(scratch, os.path.join(root, digest))
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, directory: str) -> None:
    parts = entry.name.split("/")
    body = tar.extractfile(entry)
    if parts[0] != PACKAGE or ".." in parts or body is None:
        raise ConfigError(
            f"the package's archive holds {entry.name!r}, which does not belong in it."
        )
    target = Path(directory, *parts)
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.write_bytes(body.read())
    os.chmod(target, 0o644)
    os.utime(target, (entry.mtime, entry.mtime))


def _check_unpacked(directory: str, digest: str) -> None:
    found = _digest_content(Path(directory, PACKAGE))
    if found != digest:
        raise ConfigError(
            f"the package's archive has the digest {found} and not {digest}; run again."
        )


def _flip(root: str, digest: str) -> None:
    temporary = os.path.join(root, f".current.{digest}")
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(digest, temporary)
    os.replace(temporary, os.path.join(root, "current"))
    sync_directory(root)


def _prune(root: str, keep: tuple[str, ...]) -> None:
    for name in os.listdir(root):
        path = os.path.join(root, name)
        if name not in (*keep, "current") and os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)


def remove_package(root: str, users: list[str], is_check: bool) -> Outcome:
    """Remove the package and all that its programs left, unless a unit of ``users`` (paths) is
    there to run from it.

    In the default place that is ``lvsctl``, what stands under /run/lvs, and what the daemons keep
    under /var/lib/lvs; the records of what the host was before are the roles' own.
    """
    outcome = Outcome()
    outcome.values.update(digest="", previous=read_current(root), root=root)
    if any(os.path.exists(path) for path in users):
        return outcome
    for path in [root, *(_remains() if root == DEFAULT_ROOT else ())]:
        if os.path.lexists(path):
            if not is_check:
                _remove(path)
            outcome.note(path, "present\n", "")
    if root == DEFAULT_ROOT and not is_check:
        with contextlib.suppress(OSError):  # another role's record is in it
            os.rmdir(records.STATE_DIRECTORY)
    return outcome


def _remains() -> list[str]:
    state = records.STATE_DIRECTORY
    kept = sorted(os.listdir(state)) if os.path.isdir(state) else []
    kept = [os.path.join(state, name) for name in kept if name != records.FOLDER]
    return [LVSCTL, RUNTIME_DIRECTORY, *kept]


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
