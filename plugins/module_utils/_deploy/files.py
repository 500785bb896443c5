# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole files and marked blocks, written so that a power cut leaves the old or the new text."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .._lvs.core.errors import ConfigError
from .outcome import Outcome
from .programs import run_program

SECRET = "(secret, not shown)\n"


@dataclass(frozen=True)
class WantedFile:
    """A file as it shall be.

    With ``marker`` only the block between the marker's two lines is ours, and the rest of the file
    stays. ``validate`` is a command whose ``%s`` becomes the path of the new text.
    """

    path: str
    content: str
    mode: int = 0o644
    marker: str = ""
    is_secret: bool = False
    validate: tuple[str, ...] = ()


BLOCK_BEGIN = "# BEGIN laico.lvs "


def replace_block(text: str, marker: str, content: str) -> str:
    """Return ``text`` with the block of ``marker`` replaced by ``content``, or put first."""
    begin, end = f"# BEGIN {marker}", f"# END {marker}"
    block = [begin, *content.splitlines(), end]
    lines = text.splitlines()
    if begin in lines and end in lines[lines.index(begin) :]:
        start = lines.index(begin)
        lines[start : lines.index(end, start) + 1] = block
    else:
        lines = block + lines
    return "\n".join(lines) + "\n"


def read_text(path: str) -> str | None:
    """Return the file's text, or None where there is no file."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None


def ensure_files(wanted: Sequence[WantedFile], absent: Sequence[str], is_check: bool) -> Outcome:
    """Write what differs and remove what shall not be; in check mode only tell."""
    outcome = Outcome()
    changed: list[str] = []
    for file in wanted:
        if _ensure_file(file, is_check, outcome):
            changed.append(file.path)
    for path in absent:
        if _ensure_absent(path, is_check, outcome):
            changed.append(path)
    outcome.values["changed_paths"] = changed
    return outcome


def _ensure_file(file: WantedFile, is_check: bool, outcome: Outcome) -> bool:
    before = read_text(file.path)
    after = replace_block(before or "", file.marker, file.content) if file.marker else file.content
    mode = mode_of(file.path)
    if before == after and mode == file.mode:
        return False
    if not is_check:
        write_file(file.path, after, file.mode, file.validate)
    shown = (SECRET, SECRET) if file.is_secret else (before or "", after)
    header = (
        file.path
        if mode in (None, file.mode)
        else f"{file.path} (mode {mode:04o} -> {file.mode:04o})"
    )
    outcome.note(header, "" if before is None else shown[0], shown[1])
    return True


def mode_of(path: str) -> int | None:
    """Return the file's mode bits, None where there is no file."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def _ensure_absent(path: str, is_check: bool, outcome: Outcome) -> bool:
    if not os.path.lexists(path):
        return False
    if not is_check:
        os.unlink(path)
        sync_directory(os.path.dirname(path))
    outcome.note(path, "present\n", "")
    return True


def write_file(path: str, text: str, mode: int, validate: Sequence[str] = ()) -> None:
    """Put ``text`` at ``path`` at once: a new file, validated and on the disc, is renamed over it.

    Raises ConfigError with the validator's own words when it refuses the text.
    """
    directory = os.path.dirname(path)
    os.makedirs(directory, mode=0o755, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=directory, prefix=f".{os.path.basename(path)}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        _validate(path, temporary, validate)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_directory(directory)


def _validate(path: str, temporary: str, command: Sequence[str]) -> None:
    if not command:
        return
    argv = [word.replace("%s", temporary) for word in command]
    done = run_program(argv, timeout_s=60)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).replace(temporary, path)
        raise ConfigError(said or f"{path}: refused by {argv[0]} (exit {done.returncode}).")


def sync_directory(directory: str) -> None:
    """Bring a rename or removal in ``directory`` to the disc."""
    descriptor = os.open(directory or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
