# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests, lab and scripts start has a standard input of its own.

What they inherit is one open file that all share. ssh makes it non-blocking until it has read its
end (for good, if it is killed before), and an ansible that starts meanwhile refuses to run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo import tree

STARTERS = {"run", "Popen", "call", "check_call", "check_output"}
# They cannot be given a standard input.
UNFIT = {"subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen"}
ASYNC_STARTERS = {"asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"}
SAYS_ITS_INPUT = {"stdin", "input", None}  # None: **keywords, which are not looked into
CURE = "inherits its standard input, which ssh may make non-blocking: say stdin=subprocess.DEVNULL"


def heirs(source: str, path: str) -> Iterator[str]:
    """A sentence for each call that starts a program with the caller's standard input."""
    parsed = ast.parse(source)
    names = _imported(parsed)
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            called = names.get(called, called)
            if called in UNFIT or (_starts(called) and not _says_its_input(node)):
                yield f"{path}:{node.lineno}: {called} {CURE}"


def _imported(parsed: ast.Module) -> dict[str, str]:
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(parsed)
        if isinstance(node, ast.ImportFrom) and node.module in ("subprocess", "os", "asyncio")
        for alias in node.names
    }


def _starts(called: str) -> bool:
    module, dummy, name = called.rpartition(".")
    return (module == "subprocess" and name in STARTERS) or called in ASYNC_STARTERS


def _says_its_input(node: ast.Call) -> bool:
    return any(keyword.arg in SAYS_ITS_INPUT for keyword in node.keywords)


def all_heirs(paths: list[Path]) -> list[str]:
    return [
        sentence
        for path in paths
        for sentence in heirs((tree.ROOT / path).read_text(encoding="utf-8"), str(path))
    ]


def test_what_tests_lab_and_scripts_start_has_its_own_input() -> None:
    paths = tree.python_files("tests", "lab", "scripts")
    assert len(paths) > 100
    found = all_heirs(paths)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        "subprocess.run(['ssh'], check=True)",
        "subprocess.Popen(['ssh'], stdout=subprocess.PIPE)",
        "from subprocess import run as start\nstart(['ssh'])",
        "asyncio.create_subprocess_exec('ssh')",
        "os.system('ssh')",
    ],
)
def test_a_planted_heir_is_seen(planted: str) -> None:
    assert CURE in "".join(heirs(planted, "planted.py"))


@pytest.mark.parametrize(
    "fine",
    [
        "subprocess.run(['ssh'], stdin=subprocess.DEVNULL)",
        "subprocess.run(['ssh'], input='')",
        "subprocess.run(['ssh'], **words)",
        "from somewhere import run\nrun(['ssh'])",
    ],
)
def test_an_input_of_its_own_is_enough(fine: str) -> None:
    assert list(heirs(fine, "fine.py")) == []
