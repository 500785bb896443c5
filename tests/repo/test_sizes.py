# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small files, small functions: what cannot be read at one go is split."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

from tests.repo import tree

FILE_LINES = 400
FUNCTION_MEDIAN_LINES = 10
FUNCTION_P90_LINES = 40
MAIN_LINES = 20

CODE = tree.python_files("plugins", "lab", "scripts")
ALL = [*CODE, *tree.python_files("tests")]
HOST = Path("plugins/module_utils/_lvs/host")
CODEC = (HOST / "ipvs.py", HOST / "ipvs_codec.py")


def line_count(path: Path) -> int:
    return len((tree.ROOT / path).read_text(encoding="utf-8").splitlines())


def code_line_count(source: str) -> int:
    """Lines that are neither blank nor comment nor docstring."""
    quoted: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            text = node.body[0]
            quoted.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    lines = enumerate(source.splitlines(), 1)
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in quoted
        for number, line in lines
    )


def function_lengths(source: str) -> dict[str, int]:
    """Lines of each function from `def` to its end, its docstring left out."""
    lengths = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = node.body[0] if ast.get_docstring(node) else None
            quoted = docstring.end_lineno - docstring.lineno + 1 if docstring else 0  # type: ignore[operator]
            lengths[f"{node.name}:{node.lineno}"] = node.end_lineno - node.lineno + 1 - quoted  # type: ignore[operator]
    return lengths


def test_no_file_is_too_long() -> None:
    long = {str(path): line_count(path) for path in ALL if line_count(path) > FILE_LINES}
    assert long == {}, f"split these files, {FILE_LINES} lines is the end"


def test_the_codec_keeps_its_bound() -> None:
    assert sum(code_line_count((tree.ROOT / path).read_text("utf-8")) for path in CODEC) <= 300


def test_functions_are_small() -> None:
    lengths = sorted(
        length
        for path in CODE
        for length in function_lengths((tree.ROOT / path).read_text(encoding="utf-8")).values()
    )
    assert statistics.median(lengths) <= FUNCTION_MEDIAN_LINES
    assert lengths[int(len(lengths) * 0.9)] <= FUNCTION_P90_LINES


@pytest.mark.parametrize("path", tree.python_files("plugins/modules"), ids=str)
def test_main_of_a_module_is_short(path: Path) -> None:
    source = (tree.ROOT / path).read_text(encoding="utf-8")
    mains = {
        name: length
        for name, length in function_lengths(source).items()
        if name.startswith("main:")
    }
    assert len(mains) == 1, f"{path} has {len(mains)} functions named main"
    assert max(mains.values()) <= MAIN_LINES


def test_code_is_counted_without_blanks_comments_and_docstrings() -> None:
    assert code_line_count('"""One.\n\nTwo.\n"""\n\n# why\nx = 1\ndef f():\n    """F."""\n') == 2


def test_lengths_are_counted_without_docstrings() -> None:
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    x = 1\n    return x\n'
    assert function_lengths(source) == {"f:1": 3}
