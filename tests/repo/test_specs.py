# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles keep what their argument specs promise; modules are documented and in the action group."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repo import specs, tree

ROLES = sorted({path.parts[1] for path in tree.under("roles")})
MODULES = sorted(path.stem for path in tree.python_files("plugins/modules"))
# Used by the roles of this collection only; not for operators, so not in the action group.
INTERNAL_MODULES = {
    "lvs_files",
    "lvs_keys",
    "lvs_package",
    "lvs_preflight",
    "lvs_setup",
    "lvs_unit",
}
PUBLIC_ROLES = {"heartbeat", "ldirectord", "realserver", "failure_test"}


def load(path: str) -> Any:
    return yaml.safe_load((tree.ROOT / path).read_text(encoding="utf-8"))


def string_constant(module: str, name: str) -> str:
    """The text that a module assigns to DOCUMENTATION and its like."""
    source = (tree.ROOT / f"plugins/modules/{module}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name
            and isinstance(node.value, ast.Constant)
        ):
            return str(node.value.value)
    raise AssertionError(f"plugins/modules/{module}.py has no {name}")


def test_the_roles_are_there() -> None:
    assert set(ROLES) >= PUBLIC_ROLES


@pytest.mark.parametrize("role", ROLES)
def test_role_defaults_agree_with_argument_specs(role: str) -> None:
    options = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"].get("options")
    path = f"roles/{role}/defaults/main.yml"
    defaults = load(path) if (tree.ROOT / path).is_file() else {}
    assert list(specs.role_faults(role, defaults or {}, options or {})) == []


@pytest.mark.parametrize(
    ("defaults", "options", "fault"),
    [
        ({"lvs_vips": []}, {"lvs_vips": {"description": "x"}}, "fact of the cluster"),
        ({"port": 1}, {"port": {"description": "x", "default": 1}}, "does not begin"),
        ({"web_port": 1}, {}, "not in the argument specs"),
        ({"web_port": 1}, {"web_port": {"description": "x", "default": 2}}, "promises 2"),
        ({}, {"web_port": {"description": "x", "default": 2}}, "defaults have none"),
        ({"web_port": 1}, {"web_port": {"description": "x"}}, "does not tell"),
        ({}, {"web_port": {"required": True}}, "no description"),
    ],
)
def test_planted_disagreement_is_caught(
    defaults: dict[str, Any], options: dict[str, Any], fault: str
) -> None:
    assert any(fault in found for found in specs.role_faults("web", defaults, options))


def test_derived_default_needs_no_promise() -> None:
    options = {"web_port": {"description": "x"}, "lvs_vips": {"description": "x"}}
    assert list(specs.role_faults("web", {"web_port": "{{ x }}"}, options)) == []


def test_action_group_lists_the_modules() -> None:
    group = load("meta/runtime.yml")["action_groups"]["lvs"]
    assert group == sorted(set(MODULES) - INTERNAL_MODULES)


@pytest.mark.parametrize("module", sorted(set(MODULES) - INTERNAL_MODULES))
def test_public_module_promises_what_users_expect(module: str) -> None:
    """That it is true is shown by the tests of each module, on a real host."""
    fragments = yaml.safe_load(string_constant(module, "DOCUMENTATION"))[
        "extends_documentation_fragment"
    ]
    assert "laico.lvs.attributes.action_group" in fragments
    kind = "info_module" if module.endswith("_info") else "idempotent"
    assert f"laico.lvs.attributes.{kind}" in fragments
    source = (tree.ROOT / f"plugins/modules/{module}.py").read_text(encoding="utf-8")
    assert "supports_check_mode=True" in source


@pytest.mark.parametrize("module", MODULES)
def test_module_is_documented(module: str) -> None:
    documentation = yaml.safe_load(string_constant(module, "DOCUMENTATION"))
    assert documentation["module"] == module
    assert documentation["short_description"]
    fragments = documentation.get("extends_documentation_fragment") or []
    assert "laico.lvs.attributes" in fragments
    undescribed = [
        name
        for name, option in (documentation.get("options") or {}).items()
        if not option.get("description")
    ]
    assert undescribed == []
    examples = yaml.safe_load(string_constant(module, "EXAMPLES"))
    assert any(f"laico.lvs.{module}" in task for task in examples)
    assert yaml.safe_load(string_constant(module, "RETURN"))


def test_playbooks_of_the_interface_are_there() -> None:
    wanted = {
        "site.yml",
        "virtual_server.yml",
        "failure_test.yml",
        "handover.yml",
        "rotate_keys.yml",
    }
    assert {path.name for path in tree.under("playbooks")} >= wanted
    assert Path("site.yml") in tree.files()
