# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of IPVS's table that a daemon wrote down as its own and that outlive it."""

from __future__ import annotations

from .._lvs.core.errors import NoIpvsError
from .._lvs.core.model import TablePlan
from .._lvs.core.plan import plan_table
from .._lvs.core.plan_text import describe
from .._lvs.host import ownership
from .._lvs.host.ipvs import Ipvs
from .kernel_modules import is_loaded

__all__ = ["describe", "drop_rows", "plan_rows"]


def plan_rows(unit: str) -> TablePlan:
    """Return what takes the rows of the unit's daemon out; nothing when it has none."""
    claim = ownership.read().services.get(unit.partition(".")[0])
    # To ask the kernel would make it load ip_vs.
    if claim is None or not claim.keys or not is_loaded("ip_vs"):
        return ()
    try:
        with Ipvs() as kernel:
            return plan_table(kernel.read_table(), {}, claim.keys)
    except NoIpvsError:
        return ()


def drop_rows(unit: str) -> None:
    """Take the rows out that the daemon itself has left."""
    plan = plan_rows(unit)
    if not plan:
        return
    with Ipvs() as kernel:
        for op in plan:
            kernel.apply(op)
