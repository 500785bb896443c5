# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opening the kernel's IPVS for a module: load ip_vs once when it is not there yet."""

from __future__ import annotations

import os
import subprocess
from typing import Callable, TypeVar

from ..core.errors import KernelError, NoIpvsError
from .ipvs import Ipvs
from .modprobe import modprobe

Kernel = TypeVar("Kernel", bound=Ipvs)


def open_ipvs(make: Callable[[], Kernel], is_check: bool) -> Kernel | None:
    """The kernel's IPVS, as ``make`` opens it; None in check mode when its module is there but
    not loaded.

    Raises NoIpvsError when there is none to be had.
    """
    try:
        return make()
    except NoIpvsError:
        if not _modprobe("ip_vs", is_check):
            raise
    return None if is_check else make()


def check_scheduler(name: str) -> None:
    """Raise KernelError when the kernel surely lacks the scheduler ``name``. Loads nothing."""
    module = f"ip_vs_{name}"
    is_known = os.path.isdir(f"/lib/modules/{os.uname().release}")
    if os.path.isdir(f"/sys/module/{module}") or not is_known or _modprobe(module, True):
        return
    raise KernelError(
        f"This kernel has no IPVS scheduler {name!r} (module {module}): "
        "choose one that it has, or install its module."
    )


def _modprobe(module: str, is_dry: bool) -> bool:
    """Load the module, or only say whether that would work."""
    try:
        done = modprobe(*(["-n", "-v"] if is_dry else ["-q"]), module)
    except (OSError, subprocess.TimeoutExpired):
        return False
    # `install ip_vs /bin/false` in modprobe.d is how administrators forbid a module.
    return done.returncode == 0 and "install /bin/" not in done.stdout
