# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a target is, and one input given to it."""

from __future__ import annotations

import re
import signal
import time
import traceback
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORDS = Path(__file__).parent / "words"
SLOW_S = 1.0
ENDLESS_S = 5.0


@dataclass(frozen=True)
class Target:
    """Something that reads what others wrote. ``run`` gives, or raises as one of ``allowed``, what
    became of an input; other exceptions are faults. What is new about it is worth keeping
    (``Outcome.shape``)."""

    name: str
    run: Callable[[bytes], Hashable]
    allowed: tuple[type[Exception], ...] = ()
    tokens: tuple[bytes, ...] = ()
    is_text: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one input came to: ``fault`` is "" or what went wrong, with its trace."""

    shape: Hashable = None
    fault: str = ""


class EndlessError(BaseException):
    """An input took ENDLESS_S of CPU; no handler of the target may take it for its own."""


def try_input(target: Target, data: bytes) -> Outcome:
    """Give an input to a target; times are seconds of CPU, so that a busy machine is no fault."""
    begun = time.process_time()
    try:
        with _bounded(ENDLESS_S):
            outcome = Outcome(_try(target, data))
    except EndlessError:
        return Outcome(fault=f"took more than {ENDLESS_S:g} s of CPU")
    except Exception:  # noqa: BLE001  this is what is looked for
        return Outcome(fault=traceback.format_exc())
    took_s = time.process_time() - begun
    return outcome if took_s <= SLOW_S else Outcome(fault=f"took {took_s:.1f} s of CPU")


def _try(target: Target, data: bytes) -> Hashable:
    try:
        return target.run(data)
    except target.allowed as error:
        return shape_of(f"{type(error).__name__}: {error}")


def words_of(name: str) -> tuple[bytes, ...]:
    """The dictionary of a format: a word a line, ``\\n`` in it an end of a line."""
    lines = (WORDS / f"{name}.txt").read_bytes().splitlines()
    return tuple(line.replace(b"\\n", b"\n") for line in lines)


def shape_of(text: str) -> Hashable:
    """What the sentences end in: what the input itself put into them stands before that."""
    ends = {re.sub(r"[^a-z ]", "", line)[-14:] for line in text.splitlines()}
    return tuple(sorted(ends)[:5])


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        raise EndlessError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
