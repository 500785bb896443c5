# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host was like before the roles changed it, so that it can be given back.

A record is written before the change that it speaks of, and goes when the change was taken back.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping

from .files import read_text, sync_directory, write_file

STATE_DIRECTORY = "/var/lib/lvs"
FOLDER = "before"


def read_record(name: str) -> dict[str, str]:
    """Return what stands in a record; an unreadable one, or none, says nothing."""
    try:
        found = json.loads(read_text(_path(name)) or "{}")
        return {str(key): str(value) for key, value in found.items()}
    except (ValueError, AttributeError):
        return {}


def write_record(name: str, record: Mapping[str, str]) -> None:
    """Replace a record; it is on the disc when this returns."""
    write_file(_path(name), json.dumps(dict(record), sort_keys=True) + "\n", 0o600)


def drop_record(name: str) -> None:
    """Remove a record, and the folders that stood for it alone."""
    if os.path.exists(_path(name)):
        os.unlink(_path(name))
        sync_directory(os.path.dirname(_path(name)))
    for folder in (os.path.dirname(_path(name)), STATE_DIRECTORY):
        with contextlib.suppress(OSError):  # something else is in it, or it is not there
            os.rmdir(folder)


def _path(name: str) -> str:
    return os.path.join(STATE_DIRECTORY, FOLDER, f"{name}.json")
