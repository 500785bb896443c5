# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds only between haresources and ldirectord.cf. Pure; sentences for the operator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.services import MonitorConfig
from .haresources import Row


def warnings(rows: Sequence[Row], path: str, monitor: MonitorConfig, table: str) -> Iterator[str]:
    """Compare the ``rows`` of haresources (``path``) with the virtual servers of ``monitor``, read
    from the file that haresources calls ``table``: both may be sound and yet not meet."""
    served = {virtual.service.key.address for virtual in monitor.virtuals} - {""}
    held = {address.address for row in rows for address in row.addresses}
    for address in sorted(served - held):
        yield (
            f"{monitor.source}: the virtual servers of {address} belong to no group of {path}: "
            "their rows stay in the kernel on every director, and nobody moves the address."
        )
    for row in rows:
        own = {address.address for address in row.addresses}
        if _names_table(row, table) and not own & served:
            yield (
                f"{path}:{row.line}: group {row.name} has ldirectord, but no virtual server of "
                f"{monitor.source} has one of its addresses."
            )
        elif own & served and not _names_table(row):
            yield (
                f"{path}:{row.line}: group {row.name} has virtual servers in {monitor.source}, "
                "but no ldirectord in its line: it takes over without waiting for its table."
            )


def _names_table(row: Row, table: str = "") -> bool:
    """Whether the line names a table, or this one."""
    return any(
        resource.kind == "ldirectord" and table in ("", resource.name) for resource in row.resources
    )
