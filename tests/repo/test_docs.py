# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the hand-written pages: each is read by what would read it in earnest."""

from __future__ import annotations

import ast
import configparser
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import (
    authkeys,
    ha_cf,
    haresources,
    ldirectord_cf,
    lvs_cf,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from tests.repo import doc_pages, doc_shell, doc_variables, doc_yaml, tree
from tests.repo.doc_pages import Block

PAGES = doc_pages.page_files()
BLOCKS = [block for page in PAGES for block in doc_pages.blocks_of(str(page), doc_pages.read(page))]
NO_PLAYBOOKS = {"lab_web"}  # a play of the lab
NODES = ("laicoy", "laicoz")
# kind -> reads it as `lvsctl check` does, or as whoever reads it in earnest; raises
READERS: dict[str, Callable[[str], object]] = {
    "ha.cf": lambda text: ha_cf.parse(text, "ha.cf"),
    "haresources": lambda text: haresources.parse(text, "haresources", NODES),
    "authkeys": lambda text: authkeys.parse(text, "authkeys"),
    "lvs.cf": lambda text: lvs_cf.parse(text, "lvs.cf"),
    "ldirectord.cf": lambda text: ldirectord_cf.parse(text, "ldirectord.cf"),
    "ini": lambda text: configparser.ConfigParser(strict=False).read_string(text),
    "json": json.loads,
    "python": ast.parse,
}
# The files that the page on own files ships: the examples of the reference.
OWN_FILES = {
    "ha.d/ha.cf": ("docs/reference/configuration.md", "ha.cf"),
    "ha.d/haresources": ("docs/reference/configuration.md", "haresources"),
    "ha.d/authkeys": ("docs/reference/configuration.md", "authkeys"),
    "ha.d/lvs.cf": ("docs/reference/configuration.md", "lvs.cf"),
    "ldirectord.cf": ("docs/reference/ldirectord_cf.md", "ldirectord.cf"),
}


def faults(block: Block, folder: Path) -> Iterator[str]:
    """One sentence for each thing that is wrong with an example."""
    if block.key in doc_pages.NOT_RUN or block.kind in doc_pages.KINDS_NOT_RUN:
        return
    if block.kind in ("bash", "console"):
        yield from doc_shell.faults(block)
    elif block.kind == "yaml":
        yield from (f"{block.place}: {fault}" for fault in doc_yaml.faults(block.text, folder))
    elif block.kind in READERS:
        try:
            READERS[block.kind](block.text)
        except (ConfigError, configparser.Error, ValueError, SyntaxError) as error:
            yield f"{block.place}: {error}"
    else:
        kinds = sorted({*READERS, *doc_pages.KINDS_NOT_RUN, "bash", "console", "yaml"})
        yield f"{block.place}: {block.kind!r} is no kind of block; write one of {', '.join(kinds)}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an example of an inventory lies: beside the files of the reference's examples."""
    for name, (page, kind) in OWN_FILES.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [block.text for block in BLOCKS if (block.page, block.kind) == (page, kind)]
        path.write_text(texts[0], encoding="utf-8")
        path.chmod(0o600)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_examples(page: Path, folder: Path) -> None:
    mine = [block for block in BLOCKS if block.page == str(page)]
    assert [fault for block in mine for fault in faults(block, folder)] == []


def test_there_are_examples_of_each_kind() -> None:
    assert {"bash", "console", "yaml", "ha.cf", "lvs.cf", "ldirectord.cf"} <= {
        block.kind for block in BLOCKS
    }


def test_what_is_not_run_is_still_there() -> None:
    assert set(doc_pages.NOT_RUN) - {block.key for block in BLOCKS} == set()
    assert all(doc_pages.NOT_RUN.values())


def test_each_playbook_has_its_section() -> None:
    playbooks = {
        path.stem for path in tree.under("playbooks", suffix=".yml") if len(path.parts) == 2
    } - NO_PLAYBOOKS
    headings = doc_pages.anchors_of(doc_pages.read(doc_variables.OF_PLAYBOOKS))
    assert playbooks - headings == set()


def test_each_playbook_s_variables_are_documented() -> None:
    assert doc_variables.read_by_playbooks() - doc_variables.known() == set()


PLANTED = {
    "no kind": ("", "x\n", "is no kind"),
    "unknown kind": ("perl", "x\n", "is no kind"),
    "no such target": ("bash", "make demo nothing\n", "has no nothing"),
    "no such verb": ("bash", "lvsctl stanby all\n", "stanby"),
    "no such verb behind a prompt": ("console", "# lvsctl drayn web1\nok\n", "drayn"),
    "no prompt": ("console", "lvsctl status\n", "neither a command"),
    "no such lab verb": ("bash", "lab/lab power-of laicoz\n", "power-of"),
    "no such playbook": ("bash", "ansible-playbook laico.lvs.sight\n", "sight.yml"),
    "no such option": ("bash", "ansible-playbook -i i.yml laico.lvs.site --chek\n", "--chek"),
    "no such variable": (
        "bash",
        "ansible-playbook laico.lvs.site -e handover_too=x\n",
        "too is no",
    ),
    "no such program": ("bash", "python3 -m laico_lvs.witness.clent\n", "clent"),
    "wrong use": ("bash", "python3 -m laico_lvs.witness.client --rate 1\n", "--target"),
    "unknown command": ("bash", "cd x && keepalived -t\n", "neither a command"),
    "bad yaml": ("yaml", "a: [\n", "no YAML"),
    "bad inventory": ("yaml", "lvs_directors: {hosts: {one: }}\n", "a pair is needed"),
    "bad value": ("yaml", "lvs_services: [{vip: 192.0.2.146, port: 80000}]\n", "port: 80000"),
    "misspelt variable": ("yaml", "heartbeat_keepalife: 1\n", "no variable of ours"),
    "bad topology": ("yaml", "networks: {}\nname: x\n", "hosts"),
    "no such role": ("yaml", "- hosts: all\n  roles: [laico.lvs.realservers]\n", "no role"),
    "no such module": ("yaml", "- laico.lvs.ipvs: {}\n", "no module ipvs"),
    "no such module option": ("yaml", "- laico.lvs.ipvs_service: {adress: x}\n", "option adress"),
    "an option is missing": ("yaml", "- laico.lvs.vip_address: {}\n", "needs address"),
    "ha.cf": ("ha.cf", "keepalife 1\n", "keepalive"),
    "haresources": ("haresources", "laicoz Filesystem::x\n", "haresources"),
    "authkeys": ("authkeys", "auth 1\n", "authkeys:1"),
    "lvs.cf": ("lvs.cf", "lease x\n", "lvs.cf:1"),
    "ldirectord.cf": ("ldirectord.cf", "virtual=192.0.2.146:80\n  reel=x\n", "ldirectord.cf"),
    "ini": ("ini", "Network\n", "p:1"),
    "json": ("json", "{\n", "p:1"),
    "python": ("python", "def\n", "p:1"),
}


@pytest.mark.parametrize(("kind", "text", "said"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_told(kind: str, text: str, said: str, folder: Path) -> None:
    found = list(faults(Block("p", 1, kind, text), folder))
    assert found
    assert said in found[0]
