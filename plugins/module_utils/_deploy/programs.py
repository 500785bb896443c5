# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of the host: where they are, and what they say."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

_BIN = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")


def find_program(name: str) -> str:
    """Return the path of a system program, or its bare name where it is not found."""
    for directory in _BIN:
        if os.access(os.path.join(directory, name), os.X_OK):
            return os.path.join(directory, name)
    return name


def run_program(
    argv: Sequence[str],
    timeout_s: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, with nothing to read; raises OSError and subprocess.TimeoutExpired."""
    # Called without a module, so without its run_command.
    return subprocess.run(  # pylint: disable=ansible-bad-function
        list(argv),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
