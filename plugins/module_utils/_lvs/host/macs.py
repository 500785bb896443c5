# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other directors' MACs as last known, on disk (T4), so that a restart does not forget them."""

from __future__ import annotations

import contextlib
import json
import os

from ..core.events import KnownMacs

Macs = dict[str, tuple[str, ...]]


def read(path: str) -> KnownMacs:
    """What is known; nothing where there is no sound file (every answer then blocks a take)."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        return KnownMacs(tuple((str(n), tuple(map(str, m))) for n, m in sorted(found.items())))
    except (OSError, ValueError, AttributeError, TypeError):
        return KnownMacs(())


def write(path: str, by_node: Macs) -> None:
    """Replace the file; raises OSError (a full disc is the caller's to report)."""
    temporary = f"{path}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({node: list(macs) for node, macs in sorted(by_node.items())}, file)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
