# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One guest: start, power cut, freeze, thaw."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lab.discs import disc_of
from lab.errors import LabError
from lab.image import KERNEL, Image
from lab.namespace import nsenter_options
from lab.process import Process, kill_and_wait, reap, spawn, wait_until
from lab.state import GuestState
from lab.topology import Host


def start_guest(
    host: Host,
    guest: GuestState,
    keeper: Process,
    image: Image,
    directory: Path,
    save: Callable[[], None],
) -> None:
    """Switch a host on; returns once its kernel runs. ``save`` writes the lab's state down."""
    directory.mkdir(exist_ok=True)
    # A umid folder of a guest that lost its power would make the kernel choose another name.
    shutil.rmtree(directory / "uml", ignore_errors=True)

    def record(process: Process) -> None:
        guest.process, guest.main = process, None
        guest.is_off = guest.is_frozen = False
        save()

    argv = _argv(host, guest.cpu, keeper, image, directory)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(directory)}
    process = spawn(argv, directory / "console.log", record, environment)
    wait_until(lambda: _find_main(guest, process), within_s=10.0)
    if guest.main is None:
        raise LabError(f"{host.name}'s kernel did not start; see {directory / 'console.log'}")
    save()


def _argv(host: Host, cpu: int, keeper: Process, image: Image, directory: Path) -> list[str]:
    disc = f"ubd0={disc_of(directory)},{image.disc}"
    kernel = [str(KERNEL), f"umid={host.name}", f"uml_dir={directory}/uml/", f"mem={host.memory}"]
    kernel += [disc, "root=/dev/ubda", "rw", "rootflags=commit=1", "quiet"]
    kernel += ["con=null", "con0=null,fd:1", "ssl=null", f"lab.name={host.name}"]
    for i, nic in enumerate(host.nics):
        kernel.append(f"vec{i}:transport=tap,ifname={nic.tap},depth=64,gro=1,mac={nic.mac}")
        kernel.append(f"lab.{nic.name}={nic.address.with_prefixlen}")
    # nsenter, taskset and unshare each exec the next one, so all this is one process and its child.
    return [
        "nsenter",
        *nsenter_options(keeper),
        "--",
        "taskset",
        "--cpu-list",
        str(cpu),
        "unshare",
        "--pid",
        "--fork",
        "--kill-child",
        "--",
        "env",
        f"LD_PRELOAD={image.preload}",
        *kernel,
    ]


def _find_main(guest: GuestState, process: Process) -> bool:
    reap(process)
    guest.main = process.first_child()
    return guest.main is not None or not process.is_alive()


def is_running(guest: GuestState) -> bool:
    """Whether the guest has power."""
    return guest.process is not None and guest.process.is_alive()


def power_off(guest: GuestState) -> None:
    """A power cut: the guest's whole PID namespace ends at once, nothing is flushed."""
    if guest.process is not None:
        kill_and_wait(guest.process)
    if guest.main is not None and not wait_until(lambda: not _is_alive(guest.main), within_s=10.0):
        raise LabError(f"process {guest.main.pid} of a guest does not end; try 'lab down' again")
    guest.process = guest.main = None
    guest.is_frozen = False


def _is_alive(process: Process | None) -> bool:
    return process is not None and process.is_alive()


def set_frozen(guest: GuestState, *, is_frozen: bool) -> None:
    """Stop or continue the guest's main process (stopping all of them panics the guest)."""
    if guest.main is not None:
        guest.main.send(signal.SIGSTOP if is_frozen else signal.SIGCONT)
    guest.is_frozen = is_frozen


def assign_cpus(names: Sequence[str], taken: Iterable[int] = ()) -> dict[str, int]:
    """One host CPU for each guest: each time one that the fewest guests have, those of ``taken``
    (the CPUs of guests elsewhere) included."""
    load = Counter(taken)
    assigned = {}
    for name in names:
        cpu = min(sorted(os.sched_getaffinity(0)), key=load.__getitem__)
        assigned[name] = cpu
        load[cpu] += 1
    return assigned
