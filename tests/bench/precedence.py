# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab before all other work of this machine, as on a machine that has no other.

A request wakes four kernels one after the other, each a process of this machine and its programs
processes beside it. Ordinary scheduling lets whoever runs go on for some milliseconds more at each
of these wakes, the guest's own program before its kernel too: that, and not a move, is then the
longest gap. Real-time ranks end it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.processes import family, guest_kernels

# What measures before what is measured; a guest's kernel before the guest's programs.
INSTRUMENT_RANK, KERNEL_RANK, PROGRAM_RANK = 7, 6, 5


@contextmanager
def precedence() -> Iterator[bool]:
    """While this lasts, for all of the lab and all that this process has started so far; gives
    whether the machine allows it. Guests that are started meanwhile come without it."""
    try:
        yield _rank_all()
    finally:
        _set(_lab() | family(os.getpid()), os.SCHED_OTHER, 0)


def _rank_all() -> bool:
    kernels = set(guest_kernels().values())
    ranks = (
        (family(os.getpid()) - {os.getpid()}, INSTRUMENT_RANK),
        (_lab() - kernels, PROGRAM_RANK),
        (kernels, KERNEL_RANK),
    )
    try:
        for pids, rank in ranks:
            _set(pids, os.SCHED_FIFO, rank)
    except PermissionError:
        return False
    return True


def _lab() -> set[int]:
    return set().union(*(family(pid) for pid in guest_kernels().values()))


def _set(pids: Iterable[int], policy: int, rank: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, FileNotFoundError):  # it has ended
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setscheduler(int(thread.name), policy, os.sched_param(rank))
