# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Old daemons whose place ours take: stopped, disabled, and waited for until none of them runs.

A stopped unit is not the end of it. heartbeat runs ldirectord as a resource that no unit knows of.
That program's `stop` sends a signal and returns; the daemon takes its rows out of the table when
its check in hand is over, and they would be ours by then.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from . import survey
from .outcome import Outcome
from .units import PAUSE_S, UnitError, ensure_stopped

# Who moves addresses goes before who fills the table: no address without its table.
OLD_DAEMONS = ("heartbeat", "pacemaker", "corosync", "keepalived", "ldirectord")
GONE_S = 60.0


def ensure_replaced(names: Collection[str], is_check: bool) -> Outcome:
    """Stop and disable these of OLD_DAEMONS; raises UnitError when one runs on after ``GONE_S``.

    They read their files when they stop, so this comes before ours take the files' place.
    """
    ordered = [name for name in OLD_DAEMONS if name in names]
    outcome = ensure_stopped(ordered, is_check)
    if ordered and not is_check:
        _wait_until_gone(ordered)
    return outcome


def _wait_until_gone(names: Collection[str]) -> None:
    ends_at = time.monotonic() + GONE_S
    while running := survey.find_running(list(names)):
        if time.monotonic() >= ends_at:
            raise UnitError(
                f"{', '.join(running)} still runs {GONE_S:g} s after its unit was stopped, so "
                "something else has started it; end it by hand and run this again."
            )
        time.sleep(PAUSE_S)
