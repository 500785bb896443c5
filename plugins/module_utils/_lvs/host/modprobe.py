# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""modprobe(8), by its plain name in the places where distributions have it."""

from __future__ import annotations

import subprocess

_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_TIMEOUT_S = 30


def modprobe(*words: str) -> subprocess.CompletedProcess[str]:
    """Run it with these arguments. Raises OSError where there is none, subprocess.TimeoutExpired
    after 30 s."""
    # Hosts have no ansible, so no run_command.
    return subprocess.run(  # pylint: disable=ansible-bad-function
        ["modprobe", *words],
        env={"PATH": _PATH},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
