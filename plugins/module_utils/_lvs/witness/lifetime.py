# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long an instrument runs: until it is told to stop, or nobody cares for it any more.

The instruments run unattended beside a play. A play that is killed must leave nothing behind, so
each instrument ends by itself when its lease file is gone or has not been touched for a while.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from pathlib import Path


class Lifetime:
    """Says when to end; SIGTERM and SIGINT end it at once."""

    def __init__(self, lease: Path | None, lease_s: float) -> None:
        """``lease`` is a file that is touched at least every ``lease_s`` seconds, None for none."""
        self._lease = lease
        self._lease_s = lease_s
        self._next_look = 0.0
        self._is_over = False

    def catch_signals(self) -> None:
        """End in good order on SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def is_over(self) -> bool:
        """Whether to end now; cheap enough to ask a hundred times a second."""
        now = time.monotonic()
        if not self._is_over and now >= self._next_look:
            self._next_look = now + 1.0
            self._is_over = not self._is_cared_for()
        return self._is_over

    def end(self) -> None:
        """End as a signal would."""
        self._is_over = True

    def _end(self, number: int, frame: object) -> None:
        del number, frame
        self.end()

    def _is_cared_for(self) -> bool:
        if self._lease is None:
            return True
        try:
            touched = self._lease.stat().st_mtime
        except OSError:
            return False
        return time.time() - touched < self._lease_s


def be_prompt() -> None:
    """Ask for the processor before others, where that is allowed, and leave what is imported out of
    the collector's looks, 15 to 20 ms each: a late instrument measures itself."""
    gc.collect()
    gc.freeze()
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    except OSError:
        return
