# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings: a file of sysctl.d for every boot, the running kernel now, and the way back.

What a setting was before we first touched it is kept in a state file, so that a host can be given
back as it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from .._lvs.core.errors import KernelError
from .files import WantedFile, ensure_files, read_text, write_file
from .outcome import Outcome

PROC_SYS = "/proc/sys"
STATE_DIRECTORY = "/var/lib/lvs"
HEADER = "# Written by Ansible (laico.lvs); set at boot by systemd-sysctl.\n"


def proc_path(key: str) -> str:
    """Return the file of a sysctl key; as in sysctl.d, ``/`` in a key stands for a dot."""
    return os.path.join(PROC_SYS, key.replace(".", "\0").replace("/", ".").replace("\0", "/"))


def read_value(key: str) -> str:
    """Return the running kernel's value, blanks squeezed; "" where the key is missing."""
    text = read_text(proc_path(key))
    return " ".join(text.split()) if text is not None else ""


def render(settings: Mapping[str, str]) -> str:
    """Return the text of the sysctl.d file."""
    return HEADER + "".join(f"{key} = {value}\n" for key, value in sorted(settings.items()))


def ensure_sysctls(path: str, settings: Mapping[str, str], is_check: bool) -> Outcome:
    """Write ``path`` and set what differs in the kernel now; a key the kernel lacks is an error."""
    outcome = ensure_files([WantedFile(path, render(settings))], [], is_check)
    earlier = _read_earlier(path)
    for key, value in settings.items():
        current = read_value(key)
        if current == value:
            continue
        if not is_check:
            _remember(path, earlier, key, current)
            set_value(key, value)
        outcome.note(f"sysctl {key}", f"{current or '(not there yet)'}\n", f"{value}\n")
    return outcome


def restore_sysctls(path: str, is_check: bool) -> Outcome:
    """Remove ``path`` and set back what the keys were before the first change."""
    outcome = ensure_files([], [path], is_check)
    for key, value in _read_earlier(path).items():
        current = read_value(key)
        if current and value and current != value:
            if not is_check:
                set_value(key, value)
            outcome.note(f"sysctl {key}", f"{current}\n", f"{value}\n")
    if not is_check and os.path.exists(_state_path(path)):
        os.unlink(_state_path(path))
    return outcome


def set_value(key: str, value: str) -> None:
    """Set one value in the running kernel; raises KernelError with the key's name."""
    try:
        Path(proc_path(key)).write_text(value, encoding="ascii")
    except OSError as error:
        raise KernelError(
            f"sysctl {key} cannot be set to {value!r} ({error.strerror}); "
            "is its interface or module there?",
            error.errno or 0,
        ) from error


def _state_path(path: str) -> str:
    return os.path.join(STATE_DIRECTORY, f"{os.path.basename(path)}.before.json")


def _read_earlier(path: str) -> dict[str, str]:
    text = read_text(_state_path(path))
    try:
        return {str(key): str(value) for key, value in json.loads(text or "{}").items()}
    except (ValueError, AttributeError):
        return {}


def _remember(path: str, earlier: dict[str, str], key: str, value: str) -> None:
    if key in earlier or not value:
        return
    earlier[key] = value
    write_file(_state_path(path), json.dumps(earlier, sort_keys=True) + "\n", 0o644)
