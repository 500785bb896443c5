# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import whom on the hosts: down only, as docs/explanation/architecture.md draws it.

modules -> _resource -> _lvs
heartbeat, ldirectord, ctl -> host, config, core
host -> core    config -> core    witness -> core    core -> nothing
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LVS = PurePosixPath("plugins/module_utils/_lvs")
PACKAGE = "ansible_collections.laico.lvs"

# room -> rooms of _lvs that it may import from
ALLOWED_ROOMS = {
    "core": {"core"},
    "config": {"config", "core"},
    "host": {"host", "core"},
    "witness": {"witness", "core"},
    "program": {"program", "host", "config", "core"},
}

# Values only: nothing here reads a clock, a file, a socket or the system's entropy.
CORE_STDLIB = {
    "__future__",
    "abc",
    "base64",
    "binascii",
    "bisect",
    "collections",
    "copy",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "random",
    "re",
    "string",
    "struct",
    "textwrap",
    "types",
    "typing",
}
CORE_FORBIDDEN_CALLS = {"open", "input", "exec", "eval", "__import__"}
KNOWS_ANSIBLE = LVS.parent / "_resource.py"


@dataclass(frozen=True)
class Import:
    line: int
    module: str  # absolute, a relative one resolved against its file
    is_relative: bool


def room_of(path: PurePosixPath) -> str:
    """core, config, host, witness, program, resource or module."""
    if path.is_relative_to(LVS):
        inner = path.relative_to(LVS).parts
        return inner[0] if len(inner) > 1 else "program"
    return "resource" if path.is_relative_to("plugins/module_utils") else "module"


def _resolve(path: PurePosixPath, node: ast.ImportFrom) -> str:
    folder = path.parts[: len(path.parts) - node.level]
    return ".".join([PACKAGE, *folder, *([node.module] if node.module else [])])


def imports_of(path: PurePosixPath, tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, False)
        elif isinstance(node, ast.ImportFrom):
            yield from _imports_from(path, node)


def _imports_from(path: PurePosixPath, node: ast.ImportFrom) -> Iterator[Import]:
    if not node.level:
        yield Import(node.lineno, node.module or "", False)
        return
    base = _resolve(path, node)
    if node.module:
        yield Import(node.lineno, base, True)
        return
    for alias in node.names:  # `from . import x`: x is the module
        yield Import(node.lineno, f"{base}.{alias.name}", True)


def _target_room(module: str) -> str | None:
    """The room of _lvs that an absolute module name lies in; None when it is outside."""
    prefix = f"{PACKAGE}.plugins.module_utils._lvs"
    if not module.startswith(prefix + "."):
        return None
    inner = module[len(prefix) + 1 :].split(".")
    return inner[0] if inner[0] in ALLOWED_ROOMS else "program"


def _faults_of_import(path: PurePosixPath, found: Import) -> Iterator[str]:
    room, top = room_of(path), found.module.split(".")[0]
    if room == "resource" and path != KNOWS_ANSIBLE and top == "ansible":
        yield f"imports {found.module}; of module_utils only {KNOWS_ANSIBLE.name} knows Ansible"
    if room not in ALLOWED_ROOMS:
        return
    if top == "ansible" or (top == "ansible_collections" and not found.is_relative):
        yield f"imports {found.module}; no Ansible here, and ourselves only relatively"
    if top == "pyroute2":
        yield "imports pyroute2, which no host needs (docs/decisions/0003)"
    if found.is_relative:
        target = _target_room(found.module)
        if target is None:
            yield f"imports {found.module}, which is not part of the on-host package"
        elif target not in ALLOWED_ROOMS[room]:
            yield f"{room} imports {target} ({found.module}); imports go down only"
    elif room == "core" and top not in CORE_STDLIB:
        yield f"core imports {found.module}, which is not in the list of pure modules"


def _is_impure(node: ast.AST) -> str:
    """What a call or attribute does that the core may not; empty when nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in CORE_FORBIDDEN_CALLS else ""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        name = f"{node.value.id}.{node.attr}"
        return name if node.value.id == "random" and node.attr != "Random" else ""
    return ""


def faults(path: Path | PurePosixPath | str, source: str) -> list[str]:
    """One sentence for each import or call that breaks the rules, with file and line."""
    place = PurePosixPath(path)
    tree = ast.parse(source, str(place))
    found = [
        f"{place}:{one.line} {fault}"
        for one in imports_of(place, tree)
        for fault in _faults_of_import(place, one)
    ]
    if room_of(place) == "core":
        for node in ast.walk(tree):
            if impure := _is_impure(node):
                found.append(f"{place}:{getattr(node, 'lineno', 0)} core uses {impure}")
    return found
