# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/protocol.md is true: each rule has a test, each state and byte is as the code has it."""

from __future__ import annotations

import ast
import functools
import json
import re
from pathlib import Path

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import errors, states, wire
from tests.repo import tree

PROTOCOL = (tree.ROOT / "docs/protocol.md").read_text(encoding="utf-8")
TESTS = tree.ROOT / "tests"
CORE = Path("unit/plugins/module_utils/_lvs/core")
LETTERS = "FTLMBUOR"


def table_after(heading: str, text: str = PROTOCOL) -> list[list[str]]:
    """The cells of the first table after a line, its head left out."""
    rows: list[list[str]] = []
    for line in text[text.index(heading) :].splitlines():
        if line.startswith("|"):
            cells = (cell.strip() for cell in line.strip("|").split(" | "))
            rows.append([re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in cells])
        elif rows:
            break
    return rows[2:]


def rules(text: str = PROTOCOL) -> set[str]:
    """The numbers of all rules that the document sets out."""
    return set(re.findall(rf"^- \*\*([{LETTERS}]\d)\*\* ", text, re.MULTILINE))


def guards(text: str = PROTOCOL) -> list[tuple[str, str]]:
    """Pairs of a rule and a test that is named for it."""
    rows = table_after("## The test that guards each rule", text)
    return [(row[0].split(":")[0].strip(), name) for row in rows
            for name in re.findall(r"[\w/]+\.py::\w+", row[1])]  # fmt: skip


@functools.cache
def functions_of(path: Path) -> frozenset[str]:
    body = ast.parse((TESTS / path).read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef))


def exists(name: str) -> bool:
    where, function = name.split("::")
    path = Path(where) if "/" in where else CORE / where
    return (TESTS / path).is_file() and function in functions_of(path)


def test_every_rule_has_a_test() -> None:
    assert len(rules()) >= 30
    assert rules() == {rule for rule, dummy in guards()}


def test_every_test_that_is_named_exists() -> None:
    missing = [f"{rule}: {name}" for rule, name in guards() if not exists(name)]
    assert missing == []


def test_no_rule_of_the_contract_is_left_out() -> None:
    most = {"F": 4, "T": 6, "L": 4, "M": 5, "B": 3, "U": 1}
    wanted = {f"{letter}{n}" for letter, last in most.items() for n in range(1, last + 1)}
    assert wanted <= rules()


def test_a_rule_without_a_row_and_a_test_that_is_not_there_are_seen() -> None:
    text = PROTOCOL.replace("- **R3** ", "- **R9** ").replace("test_f4_the_highest", "test_f4_no")
    assert rules(text) != {rule for rule, dummy in guards(text)}
    assert not all(exists(name) for dummy, name in guards(text))
    assert not exists("test_nowhere.py::test_nothing")


def test_a_test_named_by_a_rule_number_guards_a_rule_that_exists() -> None:
    numbers = {
        (path.name, number.upper())
        for path in (TESTS / CORE).glob("test_*.py")
        for number in re.findall(rf"^def test_([{LETTERS.lower()}]\d)_", path.read_text(), re.M)
    }
    assert {pair for pair in numbers if pair[1] not in rules()} == set()


def test_states_are_those_of_the_code() -> None:
    rows = table_after("## A group's states")
    said = {row[0]: row for row in rows}
    assert [row[0] for row in sorted(rows, key=lambda row: int(row[1]))] == list(wire.STATES)
    for name, row in said.items():
        assert row[2].split(",")[0] == states.SHOWN.get(name, name)
        assert (row[3] == "yes") == (name in states.CLAIMING)
        assert (row[4] in ("interface", "lo", "both")) == (name in states.LEASED)
        assert (row[4] == "interface") == (name in states.SERVING)
        nexts = set(re.findall(r"`(\w+)`", row[5])) - {name}
        assert nexts
        assert nexts <= set(said)
    reached = {to for row in rows for to in re.findall(r"`(\w+)`", row[5])}
    assert reached == set(said)


def test_sizes_are_those_of_the_code() -> None:
    groups = table_after("| bytes | field of a group |")
    assert sum(int(row[0]) for row in groups) == wire._GROUP.size
    head = table_after("| bytes | field | notes |")
    assert f"{wire._GROUP.size} g" in {row[0] for row in head}
    assert f"{wire._PEER.size} p" in {row[0] for row in head}
    assert sum(int(row[0]) for row in head[:5]) == wire._HEAD.size
    assert sum(int(row[0]) for row in head[6:12]) == wire._LIFE.size
    assert head[-1][0] == str(wire.MAC_SIZE)


def test_the_datagram_taken_apart_is_a_test_vector() -> None:
    said = "".join(row[0] for row in table_after("A datagram taken apart"))
    vectors = json.loads((TESTS / CORE / "vectors.json").read_text(encoding="utf-8"))
    assert said == vectors[3]["datagram"]


def test_the_reasons_of_dropping_are_all_named() -> None:
    rule = PROTOCOL[PROTOCOL.index("- **F3**") : PROTOCOL.index("- **F4**")]
    assert set(re.findall(r"`(\w+)`", rule)) == set(errors.DROP_REASONS)
