# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel modules: loaded now, and at every boot by modules-load.d, and given up again.

Which modules came in by our loading, those that they need included, is written down, so that just
these go when nothing uses them any more.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from .._lvs.core.errors import NoIpvsError
from .files import WantedFile, ensure_files, read_text
from .outcome import Outcome
from .programs import find_program, run_program
from .records import drop_record, read_record, write_record

SYS_MODULE = "/sys/module"
PROC_MODULES = "/proc/modules"
LIB_MODULES = "/lib/modules"
# Written by a container's own systemd, and by nobody on a host.
IN_CONTAINER = "/run/systemd/container"


def is_loaded(module: str) -> bool:
    """Say whether the kernel has the module now, loaded or built in."""
    name = module.replace("-", "_")
    return os.path.isdir(os.path.join(SYS_MODULE, name)) or _is_builtin(name)


def _is_builtin(module: str) -> bool:
    """What is built in stands under /sys/module only if it has parameters."""
    text = read_text(os.path.join(LIB_MODULES, os.uname().release, "modules.builtin")) or ""
    names = (os.path.basename(line).split(".", 1)[0] for line in text.splitlines())
    return module in (name.replace("-", "_") for name in names)


def ensure_modules(path: str, modules: Sequence[str], is_check: bool) -> Outcome:
    """Write ``path`` of modules-load.d and load now what is missing; raises NoIpvsError.

    A container loads none: its kernel is its engine's.
    """
    content = "# Written by Ansible (laico.lvs); loaded at boot by systemd-modules-load.\n"
    content += "".join(f"{module}\n" for module in modules)
    outcome = ensure_files([WantedFile(path, content)], [], is_check)
    missing: list[str] = [module for module in modules if not is_loaded(module)]
    if os.path.exists(IN_CONTAINER):
        _leave_to_the_kernel(missing)
        return outcome
    for module in missing:
        if not is_check:
            _load_and_record(path, module)
        outcome.note(f"module {module}", "not loaded\n", "loaded\n")
    return outcome


def _leave_to_the_kernel(missing: Sequence[str]) -> None:
    """A scheduler's module it loads itself when the first service asks for it (request_module in
    net/netfilter/ipvs/ip_vs_sched.c); IPVS itself nothing in a container can bring in."""
    if "ip_vs" in missing:
        raise NoIpvsError(
            "the kernel has not loaded ip_vs, and this host is a container, which cannot load it: "
            "run `modprobe ip_vs` on the machine that it runs on."
        )


def _load_and_record(path: str, module: str) -> None:
    before = set(_list_loaded())
    _load(module)
    new = {name: "loaded" for name in _list_loaded() if name not in before}
    if new:
        write_record(_record(path), {**read_record(_record(path)), **new})


def release_modules(path: str, is_check: bool) -> Outcome:
    """Remove ``path``, and take out those modules that came by it and that nothing uses."""
    outcome = ensure_files([], [path], is_check)
    ours = read_record(_record(path))
    # The kernel lists the newest first, so that each comes before those that it needs.
    for module in [name for name in _list_loaded() if name in ours]:
        if is_check or _unload(module):
            outcome.note(f"module {module}", "loaded\n", "not loaded\n")
    if not is_check:
        drop_record(_record(path))
    return outcome


def _record(path: str) -> str:
    return f"{os.path.basename(path)}.modules"


def _list_loaded() -> list[str]:
    lines = (read_text(PROC_MODULES) or "").splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def _unload(module: str) -> bool:
    """The kernel refuses what is in use, and what it cannot unload; then it stays."""
    return run_program([find_program("rmmod"), module]).returncode == 0


def _load(module: str) -> None:
    done = run_program([find_program("modprobe"), module])
    if done.returncode != 0:
        raise NoIpvsError(
            f"the kernel module {module} cannot be loaded ({done.stderr.strip() or 'no reason'}); "
            "install the kernel's modules or choose another scheduler."
        )
