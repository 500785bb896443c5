# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutants: patches of one broken rule, and a copy of the tree that has one.

A patch is a unified diff under a header of ``Rule:`` and ``Caught-by:`` lines. A hunk has to be
found word for word, and once; its line numbers count for nothing. One that does not fit the code
any more is an error: what it broke has changed, and whether a test would notice is not known.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "mutants"
CORE_TESTS = "tests/unit/plugins/module_utils/_lvs"
# What a core needs to be judged by its tests and by the simulator.
COPIED = ("plugins/module_utils", CORE_TESTS, "tests/sim")
COPIED_FILES = ("pyproject.toml", "tests/conftest.py", "tests/unit/conftest.py")
BY_SIMULATOR = "invariant "


class PatchError(Exception):
    """A patch is not one, or does not fit the code any more."""


@dataclass(frozen=True)
class Hunk:
    """Lines of a file as they are and as the mutant has them."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """One broken rule. ``tests`` are ids of tests that catch it; ``invariants`` the numbers of
    those that the simulator finds broken, () when only tests catch it."""

    name: str
    rule: str
    tests: tuple[str, ...]
    invariants: tuple[int, ...]
    hunks: tuple[Hunk, ...]


def read_mutants() -> dict[str, Mutant]:
    """All of the folder, by name."""
    paths = sorted(FOLDER.glob("*.patch"))
    return {path.stem: parse(path.stem, path.read_text(encoding="utf-8")) for path in paths}


def parse(name: str, text: str) -> Mutant:
    """Take a patch apart. Raises PatchError."""
    head, mark, body = text.partition("--- a/")
    fields = [line.partition(": ")[::2] for line in head.splitlines() if line]
    rules = [value for key, value in fields if key == "Rule"]
    caught = [value for key, value in fields if key == "Caught-by"]
    if len(rules) != 1 or not caught or not mark or len(fields) != len(caught) + 1:
        raise PatchError(f"{name}: begin with one Rule: and some Caught-by: lines, then the diff.")
    numbers = [int(by[len(BY_SIMULATOR) :]) for by in caught if by.startswith(BY_SIMULATOR)]
    tests = tuple(by for by in caught if not by.startswith(BY_SIMULATOR))
    return Mutant(name, rules[0], tests, tuple(numbers), tuple(_hunks(name, mark + body)))


def _hunks(name: str, diff: str) -> Iterator[Hunk]:
    for part in diff.split("--- a/")[1:]:
        path, dummy, rest = part.partition("\n")
        for body in rest.split("\n@@ ")[1:]:
            lines = body.splitlines()[1:]
            if any(line[:1] not in (" ", "-", "+", "") for line in lines):
                raise PatchError(f"{name}: a line of a hunk begins with none of ' ', '-', '+'.")
            old = [line[1:] for line in lines if not line.startswith("+")]
            new = [line[1:] for line in lines if not line.startswith("-")]
            yield Hunk(path, "\n".join(old) + "\n", "\n".join(new) + "\n")


def apply(mutant: Mutant, root: Path) -> None:
    """Break the rule in a copy of the tree. Raises PatchError."""
    for hunk in mutant.hunks:
        path = root / hunk.path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        count = text.count(hunk.old)
        if count != 1 or hunk.old == hunk.new:
            raise PatchError(
                f"{mutant.name}: its lines are found {count} times in {hunk.path}: break the rule "
                "as the code is now, and see that the same test catches it."
            )
        path.write_text(text.replace(hunk.old, hunk.new), encoding="utf-8")


@contextmanager
def tree_with(mutant: Mutant | None) -> Iterator[Path]:
    """A copy of what is needed, with the mutant in it, for as long as the context lasts."""
    with TemporaryDirectory(prefix="mutant-") as name:
        root = Path(name)
        for folder in COPIED:
            shutil.copytree(ROOT / folder, root / folder)
        for file in COPIED_FILES:
            shutil.copy2(ROOT / file, root / file)
        if mutant is not None:
            apply(mutant, root)
        yield root
