# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/reference/configuration.md names each directive that the parsers know, and no other; its
examples are sound."""

from __future__ import annotations

import re

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import (
    groups,
    ha_cf,
    ha_words,
    haresources,
    lvs_cf,
)
from tests.repo.tree import ROOT

PAGE = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
CONDITIONAL = {"crm", "pacemaker", "autojoin"}  # harmless where they say no


def section(title: str) -> str:
    """The text below a heading up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found.group(1)


def rows(text: str) -> dict[str, str]:
    """First word of each table's first column -> the rest of that row."""
    return dict(re.findall(r"^\| `(\w+)[^`]*` \| (.*) \|$", text, re.MULTILINE))


def tables(text: str) -> list[str]:
    return re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)


def example(text: str) -> str:
    """The first fenced block."""
    found = re.search(r"^```[\w.]+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found
    return found.group(1)


def test_honoured_directives_of_ha_cf() -> None:
    assert set(rows(section("Honoured"))) == set(ha_cf.READERS) - CONDITIONAL


def test_directives_of_ha_cf_without_effect() -> None:
    assert rows(section("Without effect, with a warning")) == ha_words.NO_EFFECT


def test_refused_directives_of_ha_cf() -> None:
    told = rows(section("Refused, with what to write instead"))
    assert set(told) == set(ha_words.REFUSED) | CONDITIONAL
    assert {name: told[name] for name in ha_words.REFUSED} == ha_words.REFUSED


@pytest.mark.parametrize(("number", "block"), [(0, "file"), (1, "group"), (2, "watch")])
def test_directives_of_lvs_cf(number: int, block: str) -> None:
    assert set(rows(tables(section("lvs.cf"))[number])) == set(lvs_cf.READERS[block])


def test_scripts_with_a_substitute() -> None:
    said = section("haresources")
    assert [name for name in groups.INSTEAD if f"`{name}`" not in said] == []


def test_the_example_of_ha_cf_is_sound() -> None:
    found = ha_cf.parse(example(section("ha.cf")), "ha.cf")
    assert found.warnings == ()
    assert [ping.name for ping in found.pings] == ["192.0.2.254", "core"]


def test_the_example_of_lvs_cf_is_whole() -> None:
    text = example(section("lvs.cf"))
    assert lvs_cf.parse(text, "lvs.cf").watches
    for names in lvs_cf.READERS.values():
        missing = [name for name in names if not re.search(rf"^\s*{name} ", text, re.MULTILINE)]
        assert missing == []


def test_the_example_of_haresources_is_sound() -> None:
    text = example(section("haresources"))
    found = haresources.parse(text, "haresources", ("laicoy", "laicoz"))
    assert [row.name for row in found.rows] == ["192.0.2.146", "192.0.2.147"]
    assert found.warnings == ()
