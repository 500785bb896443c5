# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of a cluster, made of haresources and what ha.cf and lvs.cf add to them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.cluster import Group, Resource
from ..core.errors import ConfigError
from ..core.wire import MAX_GROUPS
from . import ha_cf, haresources, lvs_cf
from .networks import HostNetwork, UnplacedError, complete
from .problems import Problems

UNIT_DIRECTORIES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator.late",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
)


@dataclass(frozen=True)
class Loaded:
    """The parsed files of ``directory``."""

    directory: str
    ha: ha_cf.HaCf
    lvs: lvs_cf.LvsCf
    found: haresources.Haresources


def make_groups(
    loaded: Loaded, networks: Sequence[HostNetwork] | None
) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """The groups and the warnings; raises ConfigError. ``networks`` None: interfaces and other
    resources are of no interest to the caller (the health monitor)."""
    found = loaded.found
    problems = Problems(os.path.join(loaded.directory, "haresources"))
    unplaced = Problems(problems.path)
    if len(found.rows) > MAX_GROUPS:
        problems.add(found.rows[MAX_GROUPS].line, f"at most {MAX_GROUPS} groups are possible.")
    _check_settings(problems, loaded)
    virtual = frozenset(a.address for row in found.rows for a in row.addresses)
    groups = []
    for row in found.rows:
        settings = loaded.lvs.groups.get(row.name, lvs_cf.GroupSettings(0))
        auto = settings.is_auto_failback
        groups.append(
            Group(
                name=row.name,
                addresses=tuple(
                    complete(address, virtual, networks, unplaced) for address in row.addresses
                ),
                order=_order(row, settings, loaded.ha.nodes),
                is_auto_failback=loaded.ha.is_auto_failback if auto is None else auto,
                standby=settings.standby or loaded.lvs.standby,
                resources=_resources(problems, row, loaded.directory, networks is not None),
            )
        )
    problems.raise_if_any()
    unplaced.raise_if_any(UnplacedError)
    return tuple(groups), (*found.warnings, *problems.warnings)


def _check_settings(problems: Problems, loaded: Loaded) -> None:
    rows = {row.name: row for row in loaded.found.rows}
    lvs_problems = Problems(os.path.join(loaded.directory, "lvs.cf"))
    for name, settings in loaded.lvs.groups.items():
        if name in rows:
            _check_order(lvs_problems, rows[name], settings, loaded.ha.nodes)
        else:
            lvs_problems.add(
                settings.line, f"group {name} is the first address of no line of haresources."
            )
    try:
        lvs_problems.raise_if_any()
    except ConfigError:
        problems.raise_if_any()
        raise


def _check_order(
    problems: Problems,
    row: haresources.Row,
    settings: lvs_cf.GroupSettings,
    nodes: Sequence[str],
) -> None:
    for node in settings.order or ():
        if node not in nodes:
            problems.add(settings.line, f"{node} in the order is no node of ha.cf.")
    if settings.order and settings.order[0] != row.node:
        problems.add(
            settings.line,
            f"the order of group {row.name} begins with {settings.order[0]}, but haresources "
            f"prefers {row.node} (line {row.line}): make them agree.",
        )


def _order(
    row: haresources.Row, settings: lvs_cf.GroupSettings, nodes: Sequence[str]
) -> tuple[str, ...]:
    """The preferred node, those that lvs.cf names, then the others as ha.cf has them."""
    return tuple(dict.fromkeys((row.node, *(settings.order or ()), *nodes)))


def _resources(
    problems: Problems, row: haresources.Row, directory: str, is_checked: bool
) -> tuple[Resource, ...]:
    found: list[Resource] = []
    for resource in row.resources:
        kind = resource.kind
        if kind == "script" and is_checked:
            kind = _kind_of(directory, resource.name)
            if not kind:
                problems.add(
                    row.line,
                    f"{resource.name} is neither an executable of {directory}/resource.d nor a "
                    "systemd unit: install or remove it.",
                )
        found.append(Resource(kind, resource.name, resource.arguments))
    return tuple(found)


def _kind_of(directory: str, name: str) -> str:
    script = os.path.join(directory, "resource.d", name)
    if os.path.isfile(script) and os.access(script, os.X_OK):
        return "script"
    unit = name if "." in name else f"{name}.service"
    template = unit[: unit.index("@") + 1] + unit[unit.rindex(".") :] if "@" in unit else unit
    places = (os.path.join(place, template) for place in UNIT_DIRECTORIES)
    return "unit" if any(map(os.path.exists, places)) else ""
