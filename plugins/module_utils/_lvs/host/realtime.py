# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running before ordinary processes, and with all memory locked, as `realtime on` asks.

Pages are locked as they are first used (MCL_ONFAULT): locking all that is mapped would cost each
thread its whole stack. Children get neither (SCHED_RESET_ON_FORK; memory locks are not inherited).
"""

from __future__ import annotations

import os
import resource
from typing import Any

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4  # asm-generic/mman.h
_CAP_IPC_LOCK = 14


class Realtime:
    """What this process has of it. ``use`` never raises."""

    def __init__(self) -> None:
        """Neither, so far."""
        self._priority = 0
        self._is_locked = False

    def use(self, priority: int) -> list[str]:
        """SCHED_RR with this priority and locked memory, or with 0 neither; says what failed."""
        if priority == 0 and not self._priority and not self._is_locked:
            return []
        return [said for said in (self._schedule(priority), self._lock(priority > 0)) if said]

    def status(self) -> dict[str, Any]:
        """JSON-ready; memory in KiB."""
        return {
            "priority": self._priority,
            "is_locked": self._is_locked,
            "resident_kib": int(_status_word("VmRSS")),
            "peak_kib": int(_status_word("VmHWM")),
        }

    def _schedule(self, priority: int) -> str:
        if priority == self._priority:
            return ""
        policy = os.SCHED_RR if priority else os.SCHED_OTHER
        try:
            # A process without CAP_SYS_NICE may not take the flag back: it stays.
            flags = policy | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(0, flags, os.sched_param(priority))
        except OSError as error:
            return (
                f"no real-time priority {priority}: {error.strerror}; allow it by LimitRTPRIO= of "
                "the unit, or write `realtime off` in ha.cf."
            )
        self._priority = priority
        return ""

    def _lock(self, is_wanted: bool) -> str:
        if is_wanted == self._is_locked:
            return ""
        reason = _lock_memory() if is_wanted else _call("munlockall")
        if reason:
            return f"memory is not locked: {reason}; or write `realtime off` in ha.cf."
        self._is_locked = is_wanted
        return ""


def _lock_memory() -> str:
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if limit != resource.RLIM_INFINITY and not _may_lock():
        # It might succeed now, and then each later page over the limit would end the agent.
        return "set LimitMEMLOCK=infinity in the unit"
    return _call("mlockall", _MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)


def _call(name: str, *arguments: int) -> str:
    try:
        import ctypes  # noqa: PLC0415  (costs 1 MB; its callbacks want memory that may be refused)

        function = getattr(ctypes.CDLL(None, use_errno=True), name)
        if function(*arguments) == 0:
            return ""
        return os.strerror(ctypes.get_errno())
    except (ImportError, MemoryError, OSError, AttributeError) as error:
        return f"this Python has no way to ask for it ({error})"


def _may_lock() -> bool:
    return bool(int(_status_word("CapEff"), 16) >> _CAP_IPC_LOCK & 1)


def _status_word(name: str) -> str:
    """The first word of a line of this process's status, "0" where it has none (proc(5))."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            lines = [line.split() for line in file if line.startswith(f"{name}:")]
    except OSError:
        return "0"
    return lines[0][1] if lines else "0"
