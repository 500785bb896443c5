# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeded faults: patches of a role under molecule/faults, each with the verifier's test that fails.

They are written and read as the simulator's mutants are (tests/sim/patching.py); `Caught-by:` names
one test of a scenario, and `Shows:` a piece of what pytest says of its failure, so that one that
fails by something else is not taken for a catch. `git apply` takes them, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from tests.repo.tree import COLLECTIONS, ROOT, copy_tree
from tests.sim.patching import Mutant, PatchError, apply, parse

FOLDER = ROOT / "molecule" / "faults"
BASE = ROOT / ".config" / "molecule" / "config.yml"
# What a role that only acts on a finished cluster needs not see anew for each of its faults.
ACTS_ON_FINISHED = ("failure_test",)
SHOWS = "Shows: "
STEPS = ("create", "prepare", "converge", "side_effect")


@dataclass(frozen=True)
class Fault:
    """One fault of a role. ``test`` is ``molecule/SCENARIO/FOLDER/FILE.py::NAME``; its failure
    ``shows`` this text."""

    mutant: Mutant
    shows: str

    @property
    def name(self) -> str:
        return self.mutant.name

    @property
    def test(self) -> str:
        return self.mutant.tests[0]

    @property
    def role(self) -> str:
        """Whose fault it is, by the file that it is in."""
        return self.mutant.hunks[0].path.split("/")[1]

    @property
    def scenario(self) -> str:
        return self.test.split("/")[1]

    @property
    def is_in_converge(self) -> bool:
        """Whether the cluster must be made with the fault in it."""
        return self.role not in ACTS_ON_FINISHED

    def steps(self) -> tuple[list[str], list[str]]:
        """Molecule's steps to the test: those that make the cluster, then those after them."""
        return steps_to(self.scenario, self.test.split("/")[2])


def read_faults() -> dict[str, Fault]:
    """All of the folder, by name. Raises PatchError."""
    paths = sorted(FOLDER.glob("*.patch"))
    return {path.stem: read(path.stem, path.read_text(encoding="utf-8")) for path in paths}


def read(name: str, text: str) -> Fault:
    """Take a patch apart. Raises PatchError."""
    lines = text.splitlines(keepends=True)
    shows = [line for line in lines if line.startswith(SHOWS)]
    if len(shows) != 1:
        raise PatchError(f"{name}: one line must begin with '{SHOWS}'")
    mutant = parse(name, "".join(line for line in lines if line not in shows))
    return Fault(mutant, shows[0].removeprefix(SHOWS).strip())


def sequence(scenario: str) -> list[str]:
    """What `molecule test` does in this scenario, step by step."""
    own = ROOT / "molecule" / scenario / "molecule.yml"
    for path in (own, BASE):
        said = yaml.safe_load(path.read_text(encoding="utf-8")).get("scenario", {})
        if "test_sequence" in said:
            return [str(step) for step in said["test_sequence"]]
    raise ValueError(f"neither {own} nor {BASE} has a test_sequence")


def steps_to(scenario: str, folder: str) -> tuple[list[str], list[str]]:
    """The steps up to converge, and those from there to the verifiers in that folder."""
    steps = sequence(scenario)
    verify = "verify" if folder == "tests" else f"verify {folder}"
    before = [step for step in steps[: steps.index(verify)] if step.split()[0] in STEPS]
    made = before.index("converge") + 1
    return before[:made], [*before[made:], verify]


@contextmanager
def tree_with(fault: Fault | None) -> Iterator[Path]:
    """A copy of the checkout with the fault in it, and with the collections that molecule needs."""
    with TemporaryDirectory(prefix="fault-") as folder:
        root = Path(folder) / "lvs"
        copy_tree(root)
        _link_collections(root / COLLECTIONS.relative_to(ROOT) / "ansible_collections")
        if fault is not None:
            apply(fault.mutant, root)
        yield root


def _link_collections(target: Path) -> None:
    for namespace in (COLLECTIONS / "ansible_collections").iterdir():
        target.mkdir(parents=True, exist_ok=True)
        if namespace.name != "laico":
            (target / namespace.name).symlink_to(namespace)
    # As scripts/setup makes it: the collection is the copy, not this checkout.
    (target / "laico").mkdir(parents=True)
    (target / "laico" / "lvs").symlink_to("../../../..")
