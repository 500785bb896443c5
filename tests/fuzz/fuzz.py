# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks for an input that a target does not bear: deterministic by seed, kept as a file if found.

Inputs whose outcome is new join the pool of this run, which is what leads deeper; the corpus in the
repository is not written to.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from . import of_config, of_host, of_wire
from .mutate import Mutator
from .target import Outcome, Target, try_input

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(".cache") / "fuzz"
MAX_POOL = 4000

TARGETS = {
    target.name: target for target in (*of_wire.TARGETS, *of_config.TARGETS, *of_host.TARGETS)
}


@dataclass(frozen=True)
class Found:
    """A fault: the input that shows it and the file it is kept in."""

    target: str
    data: bytes
    fault: str
    path: Path

    def __str__(self) -> str:
        """How to see it again, then what it was."""
        return f"{self.target}: replay with python -m tests.fuzz --replay {self.path}\n{self.fault}"


@dataclass(frozen=True)
class Report:
    """What a run over one target came to."""

    target: str
    inputs: int
    pool: int
    found: Found | None = None


def corpus_of(target: Target) -> dict[Path, bytes]:
    """The kept inputs of a target, by file."""
    files = sorted((CORPUS / target.name).iterdir())
    return {path: path.read_bytes() for path in files}


def fuzz(
    target: Target, seed: int, seconds: float, inputs: int | None = None, keep_in: Path = FOUND
) -> Report:
    """Until a fault is found, the time is over or so many inputs were tried."""
    rng = random.Random(f"{seed} {target.name}")
    mutator = Mutator(rng, target.tokens, target.is_text)
    kept = list(corpus_of(target).values())
    pool, shapes = list(kept), set[Hashable]()
    ends_at, tried = time.monotonic() + seconds, 0
    while time.monotonic() < ends_at and (inputs is None or tried < inputs):
        data = kept[tried] if tried < len(kept) else mutator.make(pool)
        outcome = try_input(target, data)
        tried += 1
        if outcome.fault:
            return Report(target.name, tried, len(pool), keep(target, data, outcome, keep_in))
        if tried > len(kept) and outcome.shape not in shapes and len(pool) < MAX_POOL:
            pool.append(data)
        shapes.add(outcome.shape)
    return Report(target.name, tried, len(pool))


def keep(target: Target, data: bytes, outcome: Outcome, folder: Path) -> Found:
    """Write the input to a file that replays."""
    name = hashlib.sha256(data).hexdigest()[:12]
    path = folder / target.name / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Found(target.name, data, outcome.fault, path)


def replay(path: Path) -> Outcome:
    """An input again; its folder names the target."""
    return try_input(TARGETS[path.resolve().parent.name], path.read_bytes())
