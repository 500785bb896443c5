# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML blocks of the pages: an inventory or variables pass preflight's checks, a topology those of
the lab, tasks and plays name modules, options and roles that exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._preflight import ALL_CHECKS, check_values
from lab.errors import LabError
from lab.topology import parse_topology
from tests.repo import doc_variables, tree

# What the examples take from elsewhere: a vault, a host's own variables.
ASSUMED = {
    "bmc_address": "192.0.2.200",
    "vault_heartbeat_key": "a" * 64,
    "vault_heartbeat_key_2026": "b" * 64,
}
BASE: dict[str, Any] = {
    "lvs_directors": {"hosts": {"laicoz": {}, "laicoy": {}}},
    "lvs_realservers": {"hosts": {"laico2": {}, "laico3": {}}},
    "all": {
        "vars": {
            "lvs_cluster_name": "laico",
            "lvs_vips": [{"address": "192.0.2.146/24", "interface": "eth0", "primary": "laicoz"}],
            "heartbeat_auth_keys": [{"id": "1", "key": "{{ vault_heartbeat_key }}"}],
        }
    },
}
OURS = "laico.lvs."
NOT_OURS = ("ansible_", "inventory_", "group_names", *ASSUMED)


def faults(text: str, folder: Path) -> Iterator[str]:
    """One sentence for each thing that is wrong; ``folder`` is empty, or holds ``files`` that the
    example names."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        yield f"no YAML: {error}"
        return
    if isinstance(data, list):
        yield from (fault for entry in data for fault in entry_faults(entry))
    elif not isinstance(data, dict):
        yield "neither a mapping nor a list"
    elif "networks" in data:
        yield from topology_faults(data)
    elif "all" in data or "lvs_directors" in data:
        yield from inventory_faults(data, folder)
    else:
        values = {**BASE["all"]["vars"], **data}
        yield from inventory_faults({**BASE, "all": {"vars": values}}, folder)


def topology_faults(data: object) -> Iterator[str]:
    try:
        parse_topology(data, "topology")
    except LabError as error:
        yield str(error)


def inventory_faults(data: object, folder: Path) -> Iterator[str]:
    """What preflight says of the inventory, and names that nothing reads."""
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    inventory, names = read_inventory(path)
    for name in sorted(names - doc_variables.known()):
        yield f"{name} is no variable of ours"
    if not inventory.directors:
        yield "nobody is in lvs_directors"
        return
    yield from check_values(inventory, inventory.directors[0], ALL_CHECKS)


def read_inventory(path: Path) -> tuple[Inventory, set[str]]:
    """The inventory as a play sees it, and the names of the variables that it sets."""
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(path)])
    variables = VariableManager(loader=loader, inventory=manager)
    hostvars, names = {}, set()
    for host in manager.get_hosts():
        own = {**manager.groups["all"].get_vars(), **host.get_vars()}
        names |= {name for name in own if not name.startswith(NOT_OURS)}
        values = {**variables.get_vars(host=host), **ASSUMED, "playbook_dir": str(path.parent)}
        hostvars[host.name] = {name: _templated(loader, values, name) for name in values}
    groups = {
        name: [host.name for host in group.get_hosts()] for name, group in manager.groups.items()
    }
    return Inventory(hostvars, groups), names - set(groups)


def _templated(loader: DataLoader, values: Mapping[str, Any], name: str) -> Any:
    """The power commands are templated per host by the role itself; all others here."""
    return Templar(loader=loader, variables=values).template(values[name])


def entry_faults(entry: object) -> Iterator[str]:
    """A play or a task."""
    if not isinstance(entry, dict):
        yield f"{entry!r} is neither a play nor a task"
        return
    for role in entry.get("roles", []):
        name = str(role["role"] if isinstance(role, dict) else role).removeprefix(OURS)
        if not (tree.ROOT / "roles" / name).is_dir():
            yield f"there is no role {name}"
    yield from (fault for task in entry.get("tasks", []) for fault in entry_faults(task))
    for name, options in entry.items():
        if str(name).startswith(OURS):
            yield from module_faults(str(name).removeprefix(OURS), options)


def module_faults(name: str, given: Mapping[str, Any] | None) -> Iterator[str]:
    if not (tree.ROOT / f"plugins/modules/{name}.py").is_file():
        yield f"there is no module {name}"
        return
    options = module_options(name)
    yield from (f"{name} has no option {one}" for one in given or {} if one not in options)
    for one, option in options.items():
        if option.get("required") and one not in (given or {}):
            yield f"{name} needs {one}"


@cache
def module_options(name: str) -> dict[str, Any]:
    """The options that a module documents, those of its fragments included."""
    said = documentation(tree.ROOT / f"plugins/modules/{name}.py")
    options: dict[str, Any] = dict(said.get("options") or {})
    for fragment in said.get("extends_documentation_fragment", []):
        if fragment.startswith(OURS):
            stem = fragment.removeprefix(OURS).split(".")[0]
            options.update(
                documentation(tree.ROOT / f"plugins/doc_fragments/{stem}.py").get("options") or {}
            )
    return options


def documentation(path: Path) -> dict[str, Any]:
    """What a module or fragment says of itself."""
    found: dict[str, Any] = yaml.safe_load(assigned(path, "DOCUMENTATION"))
    return found


def assigned(path: Path, name: str) -> str:
    """The text that a file assigns to a name, in a class too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        if getattr(node.targets[0], "id", "") == name:
            return str(node.value.value)
    raise ValueError(f"{path} has no {name}")
