# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that an operator may set: of the roles, of the playbooks, of the cluster."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

from tests.repo import tree

OF_THE_CLUSTER = "docs/README.md"
OF_PLAYBOOKS = "docs/reference/playbooks.md"
FIRST_COLUMN = re.compile(r"^\| (`[^|]*`)", re.MULTILINE)


def role_options() -> dict[str, dict[str, Any]]:
    """All options of all roles, from their argument specs."""
    found: dict[str, dict[str, Any]] = {}
    for path in tree.under("roles", suffix="argument_specs.yml"):
        specs = yaml.safe_load((tree.ROOT / path).read_text(encoding="utf-8"))["argument_specs"]
        found.update(specs["main"].get("options") or {})
    return found


def in_tables(page: str) -> set[str]:
    """The names in the first column of a page's tables."""
    text = (tree.ROOT / page).read_text(encoding="utf-8")
    columns = FIRST_COLUMN.findall(text)
    return {name for column in columns for name in re.findall(r"`([a-z_]+)`", column)}


@cache
def known() -> frozenset[str]:
    return frozenset({*role_options(), *in_tables(OF_THE_CLUSTER), *in_tables(OF_PLAYBOOKS)})


def read_by_playbooks() -> set[str]:
    """The variables that the playbooks look at and that are the operator's to set."""
    texts = [
        (tree.ROOT / path).read_text(encoding="utf-8")
        for path in tree.under("playbooks", suffix=".yml")
    ]
    names = re.compile(
        r"\b(?:handover|remove|rotate_keys|failure_test|heartbeat|ldirectord)_[a-z_]+\b"
    )
    modules = {path.stem for path in tree.python_files("plugins/modules")}
    roles = {path.parts[1] for path in tree.under("roles")}
    return {name for text in texts for name in names.findall(text)} - modules - roles
