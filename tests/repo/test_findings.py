# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/reference/findings.md has each finding of the doctor, and no other; each has a test that
produces it on a real kernel."""

from __future__ import annotations

import ast
import re

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.doctor_kinds import (
    KINDS,
    REFUSED,
    SEVERITIES,
    SHOWN,
    SILENT,
)
from tests.repo import tree

PAGE = (tree.ROOT / "docs/reference/findings.md").read_text(encoding="utf-8")
CORE = "plugins/module_utils/_lvs/core"
TESTS = ("tests/integration/doctor", "tests/integration/modules")


def sections() -> dict[str, str]:
    """Heading -> text."""
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_finding_has_a_section_and_each_section_a_finding() -> None:
    assert list(sections()) == sorted(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_section_says_the_cure(name: str) -> None:
    assert "\nCure: " in sections()[name]


def test_the_table_says_how_bad_each_is_and_what_site_does() -> None:
    rows = re.findall(r"^\| \[(\S+)\]\(#(\S+)\) \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)
    told = {name: (severity, preflight) for name, link, severity, preflight in rows if name == link}
    assert told == {name: tuple(kind) for name, kind in KINDS.items()}
    assert {kind.severity for kind in KINDS.values()} == set(SEVERITIES)
    assert {kind.preflight for kind in KINDS.values()} == {REFUSED, SHOWN, SILENT}


def ids_in_code() -> set[str]:
    """The first argument of each call of Finding."""
    return {
        node.args[0].value
        for path in tree.python_files(CORE)
        for node in ast.walk(ast.parse((tree.ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Finding"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_the_code_finds_each_of_them_and_no_other() -> None:
    assert ids_in_code() == set(KINDS)


def test_each_is_produced_by_a_test() -> None:
    """``@produces("vip-missing")``; tests/integration/doctor/bench.py sees that it is true."""
    texts = [(tree.ROOT / path).read_text(encoding="utf-8") for path in tree.python_files(*TESTS)]
    produced = {
        name
        for text in texts
        for words in re.findall(r"@produces\(([^)]*)\)", text)
        for name in re.findall(r'"([a-z0-9-]+)"', words)
    }
    assert produced == set(KINDS)
