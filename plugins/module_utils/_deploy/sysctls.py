# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings: a file of sysctl.d for every boot, the running kernel now, and the way back.

What a setting was is written down before its first change, so that a host can be given back as it
was. What somebody else has set in the meantime stays theirs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .._lvs.core.errors import KernelError
from .files import WantedFile, ensure_files, read_text
from .outcome import Outcome
from .records import drop_record, read_record, write_record

PROC_SYS = "/proc/sys"
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


def parse(text: str) -> dict[str, str]:
    """Return the settings of a sysctl.d file of ours."""
    rows = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, equals, value in rows if equals}


def ensure_sysctls(path: str, settings: Mapping[str, str], is_check: bool) -> Outcome:
    """Write ``path`` and set what differs in the kernel now; a key the kernel lacks is an error."""
    outcome = ensure_files([WantedFile(path, render(settings))], [], is_check)
    earlier = read_record(_record(path))
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
    """Set back what the keys were before the first change, then remove ``path``.

    A key that no longer has the value that ``path`` gives it was changed by somebody else since,
    and stays.
    """
    outcome = Outcome()
    ours = parse(read_text(path) or "")
    for key, value in read_record(_record(path)).items():
        current = read_value(key)
        if not current or current != ours.get(key, current) or current == value:
            continue
        if not is_check:
            set_value(key, value)
        outcome.note(f"sysctl {key}", f"{current}\n", f"{value}\n")
    outcome.add(ensure_files([], [path], is_check))
    if not is_check:
        drop_record(_record(path))
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


def _record(path: str) -> str:
    return os.path.basename(path)


def _remember(path: str, earlier: dict[str, str], key: str, value: str) -> None:
    if key in earlier or not value:
        return
    earlier[key] = value
    write_record(_record(path), earlier)
