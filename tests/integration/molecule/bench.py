# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An engine that stays for many runs of molecule, each of a tree of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from unittest import mock

import yaml

from lab.state import labs_directory
from scripts.container_engine import Engine, end_guest
from scripts.container_image import ensure_image
from scripts.run_molecule import MOLECULE, choose_engine, environment, recipes, say
from tests.integration.molecule.seeded import Fault, tree_with
from tests.repo.tree import VENV_BIN

LAB_VARIABLE = "LAICO_MOLECULE_LAB"
STEP_S = 2400.0
GRACE_S = 30.0
SHOWN_LINES = 150
PLAIN = {"PY_COLORS": "0", "NO_COLOR": "1", "ANSIBLE_FORCE_COLOR": "false"}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and the last lines that it said."""

    status: int
    said: str

    def failed_tests(self) -> set[str]:
        """The functions that pytest's summary names, without their parameters."""
        words = [line.split() for line in self.said.splitlines()]
        nodes = [line[1] for line in words if len(line) > 1 and line[0] in ("FAILED", "ERROR")]
        return {node.rpartition("::")[2].partition("[")[0] for node in nodes if "::" in node}

    def is_caught(self, fault: Fault) -> bool:
        """Whether the test that the fault names failed, and by that fault."""
        errors = [line for line in self.said.splitlines() if line.startswith("E ")]
        is_shown = any(fault.shows in line for line in errors)
        return is_shown and fault.test.rpartition("::")[2] in self.failed_tests()


def run(argv: Sequence[str], cwd: Path, env: Mapping[str, str], within_s: float = STEP_S) -> Ended:
    """Run a command and, when that is cut short, end all of its process group."""
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as log,
        subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            process.wait(within_s)
        finally:
            _end_group(process)
            log.seek(0)
            said = "\n".join(log.read().splitlines()[-SHOWN_LINES:])
            if process.returncode:
                sys.stdout.write(f"{said}\n")
    return Ended(process.returncode, said)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Nothing if it has ended; first the signal that lets it clean up."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue


class Bench:
    """One engine, on which one scenario at a time stands."""

    def __init__(self, engine: Engine, images: dict[str, str]) -> None:
        self.engine = engine
        self.images = images
        self._finished = ""

    def play(self, tree: Path, scenario: str, steps: Sequence[str], only: str = "") -> Ended:
        """Have molecule do these steps of the scenario of a tree, up to the first that fails.

        ``only`` is the test that `verify` runs; all of them without it.
        """
        _set_sequence(tree / "molecule" / scenario / "molecule.yml", steps)
        env = {
            **environment(self.engine, self.images),
            **PLAIN,
            "PATH": f"{VENV_BIN}:{os.environ['PATH']}",
            # The words before molecule find the lab of this checkout, not one of the copy.
            "LAB_DIR": str(labs_directory()),
            "MOLECULE_EPHEMERAL_DIRECTORY": str(tree / ".cache" / "molecule" / scenario),
            "PYTEST_ADDOPTS": f"-k {only}" if only else "",
        }
        # With `never`, molecule leaves out a step of destroy, too.
        destroy = "always" if "destroy" in steps else "never"
        argv = self.engine.argv(MOLECULE, "test", "-s", scenario, f"--destroy={destroy}")
        return run(argv, tree, env)

    def catch(self, fault: Fault) -> Ended:
        """Bring a cluster with the fault to the test that shall fail by it; how that test ended.

        Raises AssertionError when the cluster cannot be made.
        """
        made, after = fault.steps()
        test = fault.test.rpartition("::")[2]
        self._finish(fault, made)
        with tree_with(fault) as tree:
            if fault.is_in_converge:
                self._make(tree, fault.scenario, made)
            ended = self.play(tree, fault.scenario, after, test)
            # A fault may have stopped the steps before; its test is to tell all the same.
            if len(after) > 1 and not ended.failed_tests():
                ended = self.play(tree, fault.scenario, after[-1:], test)
        return ended

    def _finish(self, fault: Fault, made: Sequence[str]) -> None:
        """Nothing stands, or the whole cluster if the fault is in what acts on one."""
        wanted = "" if fault.is_in_converge else fault.scenario
        if wanted and wanted == self._finished:
            return
        self.clear()
        if wanted:
            with tree_with(None) as tree:
                self._make(tree, wanted, made)
        self._finished = wanted

    def _make(self, tree: Path, scenario: str, steps: Sequence[str]) -> None:
        ended = self.play(tree, scenario, steps)
        assert ended.status == 0, f"{scenario} cannot be made: {ended.said}"

    def left(self) -> list[str]:
        """The containers and networks of scenarios on the engine."""
        own = ("--quiet", "--filter", "label=owner=molecule")
        networks = self.engine.docker("network", "ls", *own).stdout.split()
        return [*self.engine.containers(), *networks]

    def clear(self) -> None:
        """Have neither container nor network of a scenario on the engine."""
        self._finished = ""
        if containers := self.engine.containers():
            self.engine.docker("rm", "--force", *containers)
        for network in self.left():
            self.engine.docker("network", "rm", network)


def _set_sequence(path: Path, steps: Sequence[str]) -> None:
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    said["scenario"] = {"test_sequence": list(steps)}
    path.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")


@contextmanager
def bench(lab: str, scenarios: Sequence[str]) -> Iterator[Bench]:
    """A bench with these scenarios' images; a guest that it needs is of that name."""
    with mock.patch.dict(os.environ, {LAB_VARIABLE: lab}):
        try:
            wanted = recipes("bookworm", scenarios)
            engine = choose_engine(wanted[""])
            images = {name: ensure_image(engine, each, say) for name, each in wanted.items()}
            found = Bench(engine, images)
            found.clear()
            yield found
            found.clear()
        finally:
            end_guest()
