# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of a cluster, made of haresources and what ha.cf and lvs.cf add to them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..core.cluster import Group, Resource
from ..core.wire import MAX_GROUPS
from . import haresources, lvs_cf
from .files import Files
from .networks import HostNetwork, complete
from .problems import Problems

# Scripts that came with heartbeat -> what to write instead.
INSTEAD = {
    "Filesystem": "write the name of its .mount unit",
    "IPsrcaddr": "set the source address in a unit of your own, and write its name",
    "MailTo": "write `notify COMMAND` in lvs.cf, and remove it",
    "SendArp": "remove it, the agent announces its addresses by itself",
    "WinPopup": "write `notify COMMAND` in lvs.cf, and remove it",
    "apache": "write the name of its unit (apache2, httpd)",
    "drbddisk": "install the script of drbd-utils there",
}

UNIT_DIRECTORIES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator.late",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
)


def make_groups(files: Files, networks: Sequence[HostNetwork] | None) -> tuple[Group, ...]:
    """The groups; what is wrong goes to the problems of haresources. ``networks`` None: interfaces
    and other resources are of no interest to the caller (the health monitor)."""
    found, problems = files.found, files.rows_problems
    if len(found.rows) > MAX_GROUPS:
        problems.add(found.rows[MAX_GROUPS].line, f"at most {MAX_GROUPS} groups are possible.")
    _check_sync_daemons(files)
    virtual = frozenset(a.address for row in found.rows for a in row.addresses)
    groups = []
    for row in found.rows:
        settings = files.lvs.groups.get(row.name, lvs_cf.GroupSettings(0))
        auto = settings.is_auto_failback
        groups.append(
            Group(
                name=row.name,
                addresses=tuple(
                    complete(address, virtual, networks, problems) for address in row.addresses
                ),
                order=_order(row, settings, files.ha.nodes),
                is_auto_failback=files.ha.is_auto_failback if auto is None else auto,
                standby=settings.standby or files.lvs.standby,
                resources=_resources(problems, row, files.directory, networks is not None),
            )
        )
    return tuple(groups)


def _check_sync_daemons(files: Files) -> None:
    """The kernel has one daemon that sends and one that receives: one group can swap them."""
    lines = [
        row.line
        for row in files.found.rows
        for resource in row.resources
        if resource.kind == "syncdaemon"
    ]
    for line in lines[1:]:
        files.rows_problems.add(
            line, f"LVSSyncDaemonSwap stands in line {lines[0]} too: remove one of them."
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
                instead = INSTEAD.get(resource.name, "install or remove it")
                problems.add(
                    row.line,
                    f"{resource.name} is neither an executable of {directory}/resource.d nor a "
                    f"systemd unit: {instead}.",
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
