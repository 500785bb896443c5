# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that stood on the host before a role wrote its own there, kept so that they can come back.

The old text is kept beside the other records, readable by root alone.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence

from .files import WantedFile, mode_of, read_text, sync_directory, write_file
from .outcome import Outcome
from .records import drop_record, read_record, write_record

OURS = "# Written by Ansible (role laico.lvs."
_BLOCK = re.compile(r"^# BEGIN (laico\.lvs [^\n]+)\n.*?^# END \1\n", re.MULTILINE | re.DOTALL)


def keep_originals(files: Sequence[WantedFile]) -> None:
    """Write down what stands at the place of each file that is about to be written first."""
    for file in files:
        text = read_text(file.path)
        if text != file.content and not read_record(_name(file.path)):
            is_foreign = text is not None and not text.startswith(OURS)
            write_record(_name(file.path), _describe(file.path, text) if is_foreign else _NOTHING)


_NOTHING = {"is_there": "no"}


def _describe(path: str, text: str | None) -> dict[str, str]:
    owner = os.stat(path)
    return {
        "is_there": "yes",
        "text": text or "",
        "mode": f"{mode_of(path) or 0o600:04o}",
        "owner": f"{owner.st_uid}:{owner.st_gid}",
    }


def give_back(paths: Sequence[str], folders: Sequence[str], is_check: bool) -> Outcome:
    """Have what stood at each path before, or nothing where nothing did.

    Of a file with marked blocks the blocks go and the rest, which may have been changed since,
    stays. ``folders`` are removed when nothing is left in them.
    """
    outcome = Outcome()
    for path in paths:
        record = _find_before(path)
        text = record["text"] if record["is_there"] == "yes" else None
        if read_text(path) != text:
            if not is_check:
                _put_back(path, text, record)
            outcome.note(path, "as the role wrote it\n", "as it was before\n" if text else "")
        if not is_check:
            drop_record(_name(path))
    for folder in folders if not is_check else ():
        with contextlib.suppress(OSError):  # not empty, or not there
            os.rmdir(folder)
    return outcome


def _find_before(path: str) -> dict[str, str]:
    text = read_text(path) or ""
    rest = _BLOCK.sub("", text)
    if rest != text and rest.strip():
        return _describe(path, rest)
    if read_record(_name(path)):
        return read_record(_name(path))
    is_ours = rest != text or text.startswith(OURS) or not os.path.lexists(path)
    return _NOTHING if is_ours else _describe(path, text)


def _put_back(path: str, text: str | None, record: dict[str, str]) -> None:
    if text is None:
        os.unlink(path)
        sync_directory(os.path.dirname(path))
        return
    write_file(path, text, int(record["mode"], 8))
    uid, _colon, gid = record["owner"].partition(":")
    os.chown(path, int(uid), int(gid))


def _name(path: str) -> str:
    return "file" + path.replace("_", "__").replace("/", "_")
