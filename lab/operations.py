# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verbs do: bring a lab up, take it down, cut and give power, freeze and thaw."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lab import discs, network, ssh
from lab.errors import LabError
from lab.guest import assign_cpus, is_running, power_off, set_frozen, start_guest
from lab.image import Image, Report, ensure_image
from lab.namespace import check_tun, start_keeper, write_enter_script, write_script
from lab.process import Process, kill_and_wait, wait_until
from lab.running import Lab
from lab.state import GuestState, LabState, Store, existing_labs
from lab.topology import parse_topology
from lab.wire import apply_ruleset, set_delay

BOOT_WITHIN_S = 90.0
SHUTDOWN_WITHIN_S = 60.0


def up(
    store: Store,
    topology: Mapping[str, Any],
    report: Report,
    kept_discs: Mapping[str, str] = MappingProxyType({}),
) -> Lab:
    """Bring a lab up, or start what is missing of one that is up; every sshd answers then.

    A host that was powered off is powered on; a frozen one goes on; faults and cables stay.
    ``kept_discs``: host to the name of the disc from which it starts, in a lab that is new.
    """
    check_tun()
    started = time.monotonic()
    wanted = parse_topology(topology, "the topology")
    for name in kept_discs:
        wanted.host(name)
    image = ensure_image(report, wanted.image)
    with store.locked():
        lab = _open(store, topology, image)
        if lab.state.keeper is None:
            _give_discs(lab, kept_discs, report)
        _start_namespace(lab)
        lab.inside(lambda: network.build_network(lab.topology, lab.state.links_down))
        apply_ruleset(lab)
        _write_files(lab)
        missing = [name for name, guest in lab.state.guests.items() if not is_running(guest)]
        for name in missing:
            _start(lab, name)
        _thaw_all(lab)
    _wait_until_ready(lab, list(lab.state.guests), missing, report)
    report(f"the lab {lab.state.name} is up after {time.monotonic() - started:.1f} s")
    return lab


def _open(store: Store, topology: Mapping[str, Any], image: Image) -> Lab:
    state = store.load()
    if state is None:
        store.directory.mkdir(parents=True, exist_ok=True)
        state = LabState(store.name, dict(topology), str(image.directory))
        names = list(topology["hosts"])
        cpus = assign_cpus(names, list(_cpus_of_other_labs()))
        state.guests = {name: GuestState(cpu=cpus[name]) for name in names}
        state.sockets = ssh.make_socket_directory()
        store.save(state)
    elif state.topology != topology:
        raise LabError(
            f"the lab {store.name} is up with another topology; run 'lab --name {store.name} down' "
            "first"
        )
    return Lab(store, state)


def _give_discs(lab: Lab, kept_discs: Mapping[str, str], report: Report) -> None:
    for host, disc in kept_discs.items():
        discs.start_from(lab.store.directory / host, lab.image, disc, report)


def _cpus_of_other_labs() -> Iterator[int]:
    """The CPU of each guest that a state file names."""
    for name in existing_labs():
        with contextlib.suppress(LabError):
            yield from (guest.cpu for guest in Store(name).require().guests.values())


def _start_namespace(lab: Lab) -> None:
    state = lab.state
    if state.keeper is not None and state.keeper.is_alive():
        return
    # Guests of a namespace that is gone have no network any more.
    for guest in state.guests.values():
        power_off(guest)

    def record(keeper: Process) -> None:
        state.keeper = keeper
        lab.save()

    start_keeper(lab.store.directory / "keeper.log", record)


def _write_files(lab: Lab) -> None:
    directory = lab.store.directory
    os.makedirs(lab.state.sockets, mode=0o700, exist_ok=True)
    write_enter_script(directory / "enter", lab.keeper, lab.state.name)
    enter = shlex.quote(str(directory / "enter"))
    write_script(
        directory / "python", f'#!/bin/sh\nexec {enter} {shlex.quote(sys.executable)} "$@"\n'
    )
    path = directory / "inventory.yml"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(lab.inventory())


def _start(lab: Lab, name: str) -> None:
    host = lab.topology.host(name)
    guest = lab.state.guests[name]
    power_off(guest)
    taps = [nic.tap for nic in host.nics]
    if not wait_until(lambda: not lab.inside(lambda: network.held_taps(taps)), within_s=5.0):
        raise LabError(f"a process that the lab did not start holds a tap of {name} ({taps})")
    start_guest(host, guest, lab.keeper, lab.image, lab.store.directory / name, lab.save)


def _thaw_all(lab: Lab) -> None:
    for guest in lab.state.guests.values():
        if guest.is_frozen:
            set_frozen(guest, is_frozen=False)
    lab.save()


def _wait_until_ready(lab: Lab, names: list[str], booted: list[str], report: Report) -> None:
    """Wait for the sshd of each host whose cable is in; give booted ones their delay back."""
    unplugged = [n for n in names if lab.topology.host(n).nics[0].tap in lab.state.links_down]
    for name in unplugged:
        report(f"{name} is not waited for: its eth0 is unplugged")
    wait_for_sshd(lab, [name for name in names if name not in unplugged], report)
    for name in set(booted) - set(unplugged):
        faults = lab.state.faults.get(name)
        if faults is not None and faults.delay_ms:
            set_delay(lab, lab.topology.host(name), faults)


def wait_for_sshd(lab: Lab, names: list[str], report: Report) -> None:
    """Wait until each of these hosts answers; :class:`LabError` names one that does not."""
    silent = lab.inside(lambda: _poll_sshd(lab, names, report))
    if silent:
        raise LabError(
            f"{', '.join(silent)} did not answer within {BOOT_WITHIN_S:g} s; see "
            f"{_console(lab, silent[0])}"
        )


def _poll_sshd(lab: Lab, names: list[str], report: Report) -> list[str]:
    started = time.monotonic()
    waiting = list(names)
    while waiting and time.monotonic() - started < BOOT_WITHIN_S:
        for name in list(waiting):
            if not is_running(lab.guest(name)):
                raise LabError(f"the kernel of {name} ended early; see {_console(lab, name)}")
            if ssh.has_banner(lab.topology.host(name).address, timeout_s=0.5):
                waiting.remove(name)
                report(f"{name} answers after {time.monotonic() - started:.1f} s")
        time.sleep(0.1)
    return waiting


def _console(lab: Lab, name: str) -> Path:
    return lab.store.directory / name / "console.log"


def down(store: Store) -> bool:
    """End all that the state file names and remove the lab's files; False if there was none."""
    with store.locked():
        state = store.load()
        if state is not None:
            _end_all(Lab(store, state))
        # The state file goes last: a `down` that is killed can be repeated.
        for path in sorted(store.directory.glob("*"), key=lambda path: path == store.path):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if store.directory.exists():
            store.directory.rmdir()
    return state is not None


def _end_all(lab: Lab) -> None:
    for host in lab.topology.hosts:
        ssh.close_connection(host, lab.state.sockets, lab.ssh_options)
    for guest in lab.state.guests.values():
        power_off(guest)
    if lab.state.keeper is not None:
        kill_and_wait(lab.state.keeper)
    ssh.remove_socket_directory(lab.state.sockets)


def cut_power(store: Store, name: str) -> None:
    """Switch a host off as a power cut does."""
    with store.locked():
        lab = Lab.load(store)
        guest = lab.guest(name)
        power_off(guest)
        guest.is_off = True
        lab.save()
        ssh.close_connection(lab.topology.host(name), lab.state.sockets, lab.ssh_options)


def give_power(store: Store, name: str, report: Report, *, is_waiting: bool) -> None:
    """Switch a host on, unless it is on; by default wait for its sshd."""
    with store.locked():
        lab = Lab.load(store)
        was_off = not is_running(lab.guest(name))
        if was_off:
            _start(lab, name)
    if is_waiting:
        _wait_until_ready(lab, [name], [name] if was_off else [], report)


def keep_disc(store: Store, name: str, disc: str, report: Report) -> None:
    """Keep a host's disc under the name ``disc``, in place of an older one. A host that runs is
    shut down in order for it, and started again."""
    lab = Lab.load(store)
    was_on = is_running(lab.guest(name))
    if was_on:
        _shut_down(lab, name)
    with store.locked():
        lab = Lab.load(store)
        if is_running(lab.guest(name)):
            raise LabError(f"{name} was switched on while its disc was to be kept; try again")
        discs.keep(store.directory / name, lab.image, disc)
    if was_on:
        give_power(store, name, report, is_waiting=True)


def _shut_down(lab: Lab, name: str) -> None:
    host = lab.topology.host(name)
    # Its ssh may end before its command does, so that status says nothing.
    ssh.run_ssh(host, lab.ssh_options, ["systemctl", "poweroff"])
    if not wait_until(lambda: not is_running(lab.guest(name)), within_s=SHUTDOWN_WITHIN_S):
        raise LabError(f"{name} did not shut down within {SHUTDOWN_WITHIN_S:g} s")
    ssh.close_connection(host, lab.state.sockets, lab.ssh_options)


def freeze(store: Store, name: str, *, is_frozen: bool) -> None:
    """Stop a host's time, or let it go on."""
    with store.locked():
        lab = Lab.load(store)
        guest = lab.guest(name)
        if not is_running(guest):
            raise LabError(f"{name} has no power; run 'lab power-on {name}' first")
        set_frozen(guest, is_frozen=is_frozen)
        lab.save()
