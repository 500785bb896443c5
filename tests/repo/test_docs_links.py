# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every page is reached from docs/README.md, every link leads somewhere, every name exists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from tests.repo import doc_pages, doc_shell, doc_variables, examples, tree
from tests.repo.doc_pages import Span

PAGES = doc_pages.page_files()
INDEX = "docs/README.md"
PATHS = re.compile(r"(?:docs|lab|playbooks|plugins|roles|scripts|tests)/[\w./]*\w")
NAMES = re.compile(r"laico\.lvs\.([a-z]\w*)")
VARIABLES = re.compile(r"(?:heartbeat|ldirectord|realserver|failure_test|handover)_[a-z_]+")
MADE = ("tests/output/", "playbooks/NAME")  # by a run of the tests; a word for any of them


def link_faults(span: Span) -> Iterator[str]:
    """What is wrong with a link: only relative ones are looked at."""
    place, target = f"{span.page}:{span.line}", span.text
    if re.match(r"[a-z]+:", target):
        return
    path, _mark, anchor = target.partition("#")
    name = os.path.normpath(PurePosixPath(span.page).parent / path) if path else span.page
    if not (tree.ROOT / name).is_file():
        yield f"{place}: {target} leads nowhere (a folder is no page)"
    elif anchor and anchor not in doc_pages.anchors_of(doc_pages.read(name)):
        yield f"{place}: {name} has no heading #{anchor}"


def code_faults(span: Span) -> Iterator[str]:
    """What is wrong with inline code that names a file, a playbook, role or module, or a verb."""
    place, text = f"{span.page}:{span.line}", span.text
    is_path = PATHS.fullmatch(text) and not text.startswith(MADE)
    if is_path and not (tree.ROOT / text).exists():
        yield f"{place}: there is no {text}"
    for name in NAMES.findall(text):
        if name not in known_names():
            yield f"{place}: the collection has no {name}"
    name = text.partition(":")[0]
    if VARIABLES.fullmatch(name) and name not in known_names() | doc_variables.known():
        yield f"{place}: {name} is no variable, module or role of ours"
    command = re.match(r"(?:make|lvsctl) [a-z-]+$", text)
    if command:
        yield from (f"{place}: `{text}`: {fault}" for fault in verb_faults(text.split()))


def verb_faults(words: list[str]) -> Iterator[str]:
    """A verb by itself: what it wants more is no fault here."""
    found = doc_shell.check(words)
    yield from (fault for fault in found if "invalid choice" in fault or "has no" in fault)


@cache
def known_names() -> frozenset[str]:
    """What may stand behind laico.lvs: modules, roles, playbooks, filters, the action group."""
    modules = {path.stem for path in tree.python_files("plugins/modules")}
    roles = {path.parts[1] for path in tree.under("roles")}
    playbooks = {path.stem for path in tree.under("playbooks", suffix=".yml")}
    return frozenset(modules | roles | playbooks | {"cluster", "lvs", "ipvs"})


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_and_names(page: Path) -> None:
    text = doc_pages.read(page)
    found = [fault for span in doc_pages.links_of(str(page), text) for fault in link_faults(span)]
    found += [fault for span in doc_pages.codes_of(str(page), text) for fault in code_faults(span)]
    assert found == []


def test_every_page_is_linked_from_the_index() -> None:
    spans = doc_pages.links_of(INDEX, doc_pages.read(INDEX))
    linked = {os.path.normpath(f"docs/{span.text.partition('#')[0]}") for span in spans}
    pages = {str(path) for path in tree.under("docs") if path.suffix in (".md", ".json")}
    of_pictures = {page for page in pages if page.startswith("docs/images/")}
    assert pages - of_pictures - linked - {INDEX} == set()


def test_the_readme_names_each_public_module_and_playbook() -> None:
    text = doc_pages.read("README.md")
    playbooks = {path.stem for path in tree.under("playbooks") if len(path.parts) == 2}
    names = examples.public_modules() | {f"laico.lvs.{name}" for name in playbooks - {"lab_web"}}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere.md", "leads nowhere"),
        ("../docs", "leads nowhere"),
        ("../README.md#no-such-heading", "no heading"),
        ("#no-such-heading", "no heading"),
    ],
)
def test_a_dead_link_is_told(target: str, said: str) -> None:
    found = list(link_faults(Span(INDEX, 1, target)))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "docs/no_such.md",
        "laico.lvs.no_such",
        "make nothing",
        "lvsctl stanby",
        "heartbeat_standbi: x",
    ],
)
def test_a_name_of_nothing_is_told(text: str) -> None:
    assert len(list(code_faults(Span(INDEX, 1, text)))) == 1


@pytest.mark.parametrize(
    "target", ["https://example.org/x", "protocol.md", "#documentation", "../README.md#use-it"]
)
def test_a_good_link_passes(target: str) -> None:
    assert list(link_faults(Span(INDEX, 1, target))) == []


@pytest.mark.parametrize(
    "text", ["lvsctl check", "make demo", "laico.lvs.site", "docs/protocol.md"]
)
def test_a_good_name_passes(text: str) -> None:
    assert list(code_faults(Span(INDEX, 1, text))) == []
