# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verbs do: bring a lab up, take it down, cut and give power, freeze and thaw."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab import network, ssh
from lab.errors import LabError
from lab.guest import assign_cpus, is_running, power_off, set_frozen, start_guest
from lab.image import Image, Report, ensure_image
from lab.inventory import inventory_text, make_inventory
from lab.namespace import check_tun, run_inside, start_keeper, write_enter_script, write_script
from lab.process import kill_and_wait, wait_until
from lab.state import ROOT, GuestState, LabState, Store
from lab.topology import Topology, parse_topology

BOOT_WITHIN_S = 90.0


class Lab:
    """One recorded lab: its state and the topology in it."""

    def __init__(self, store: Store, state: LabState) -> None:
        """``state`` is what the store holds, or a new one."""
        self.store = store
        self.state = state
        self.topology: Topology = parse_topology(state.topology, f"the topology of {state.name}")
        self.image = Image(Path(state.image))

    @classmethod
    def load(cls, store: Store) -> Lab:
        """The recorded lab; :class:`LabError` where there is none."""
        return cls(store, store.require())

    def save(self) -> None:
        """Write the state down."""
        self.store.save(self.state)

    def guest(self, name: str) -> GuestState:
        """A host's state; :class:`LabError` for a name that the topology has not."""
        self.topology.host(name)
        return self.state.guests[name]

    def inside(self, work: Callable[[], Any]) -> Any:
        """Run ``work`` in the lab's namespace."""
        if self.state.keeper is None:
            raise LabError(f"the lab {self.state.name} is not up; start it with 'lab up'")
        return run_inside(self.state.keeper, work)

    @property
    def ssh_options(self) -> list[str]:
        """How ssh reaches the guests."""
        return ssh.ssh_options(self.store.directory, self.state.sockets, self.image.key)

    def inventory(self) -> str:
        """The Ansible inventory as YAML."""
        command = shlex.join([str(ROOT / "lab" / "lab"), "--name", self.state.name])
        inventory = make_inventory(
            self.topology,
            self.ssh_options,
            secret=self.state.secret,
            command=command,
            client_python=self.store.directory / "python",
        )
        return inventory_text(inventory)


def up(store: Store, topology: Mapping[str, Any], report: Report) -> Lab:
    """Bring a lab up, or start what is missing of one that is up; every sshd answers then."""
    check_tun()
    started = time.monotonic()
    image = ensure_image(report)
    with store.locked():
        lab = _open(store, topology, image)
        _start_namespace(lab)
        lab.inside(lambda: network.build_network(lab.topology, lab.state.links_down))
        _write_files(lab)
        for host in lab.topology.hosts:
            if not is_running(lab.state.guests[host.name]):
                _start(lab, host.name)
        thaw_all(lab)
    wait_for_sshd(lab, [host.name for host in lab.topology.hosts], report)
    report(f"the lab {lab.state.name} is up after {time.monotonic() - started:.1f} s")
    return lab


def _open(store: Store, topology: Mapping[str, Any], image: Image) -> Lab:
    state = store.load()
    if state is None:
        store.directory.mkdir(parents=True, exist_ok=True)
        state = LabState(store.name, dict(topology), str(image.directory))
        names = list(topology["hosts"])
        cpus = assign_cpus(names)
        state.guests = {name: GuestState(cpu=cpus[name]) for name in names}
        state.sockets = ssh.make_socket_directory()
        store.save(state)
    elif state.topology != topology:
        raise LabError(
            f"the lab {store.name} is up with another topology; run 'lab --name {store.name} down' "
            "first"
        )
    return Lab(store, state)


def _start_namespace(lab: Lab) -> None:
    state = lab.state
    if state.keeper is not None and state.keeper.is_alive():
        return
    # Guests of a namespace that is gone have no network any more.
    for guest in state.guests.values():
        power_off(guest)

    def record(keeper: Any) -> None:
        state.keeper = keeper
        lab.save()

    start_keeper(lab.store.directory / "keeper.log", record)


def _write_files(lab: Lab) -> None:
    directory = lab.store.directory
    keeper = lab.state.keeper
    if keeper is None:
        raise LabError("the lab's namespace is gone; run 'lab up'")
    os.makedirs(lab.state.sockets, mode=0o700, exist_ok=True)
    write_enter_script(directory / "enter", keeper, lab.state.name)
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
    keeper = lab.state.keeper
    guest = lab.state.guests[name]
    power_off(guest)
    taps = [nic.tap for nic in host.nics]
    if not wait_until(lambda: not lab.inside(lambda: network.held_taps(taps)), within_s=5.0):
        raise LabError(f"a process that the lab did not start holds a tap of {name} ({taps})")
    if keeper is not None:
        start_guest(host, guest, keeper, lab.image, lab.store.directory / name, lab.save)


def thaw_all(lab: Lab) -> None:
    """Let frozen guests go on."""
    for guest in lab.state.guests.values():
        if guest.is_frozen:
            set_frozen(guest, is_frozen=False)
    lab.save()


def wait_for_sshd(lab: Lab, names: list[str], report: Report) -> None:
    """Wait until each of these hosts answers; :class:`LabError` names one that does not."""
    started = time.monotonic()
    addresses = {name: lab.topology.host(name).address for name in names}

    def poll() -> list[str]:
        waiting = dict(addresses)
        while waiting and time.monotonic() - started < BOOT_WITHIN_S:
            for name, address in list(waiting.items()):
                if not is_running(lab.state.guests[name]):
                    raise LabError(
                        f"the kernel of {name} ended while booting; see "
                        f"{lab.store.directory / name / 'console.log'}"
                    )
                if ssh.has_banner(address, timeout_s=0.5):
                    del waiting[name]
                    report(f"{name} answers after {time.monotonic() - started:.1f} s")
            time.sleep(0.1)
        return sorted(waiting)

    silent = lab.inside(poll)
    if silent:
        raise LabError(
            f"{', '.join(silent)} did not answer within {BOOT_WITHIN_S:g} s; see "
            f"{lab.store.directory / silent[0] / 'console.log'}"
        )


def down(store: Store) -> bool:
    """End all that the state file names and remove the lab's files; False if there was none."""
    with store.locked():
        state = store.load()
        if state is None:
            shutil.rmtree(store.directory, ignore_errors=True)
            return False
        lab = Lab(store, state)
        for host in lab.topology.hosts:
            ssh.close_connection(host, state.sockets, lab.ssh_options)
        for guest in state.guests.values():
            power_off(guest)
        if state.keeper is not None:
            kill_and_wait(state.keeper)
        ssh.remove_socket_directory(state.sockets)
        # The state file goes last: a `down` that is killed can be repeated.
        for path in store.directory.iterdir():
            if path != store.path:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(store.directory)
    return True


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
        if not is_running(lab.guest(name)):
            _start(lab, name)
    if is_waiting:
        wait_for_sshd(lab, [name], report)


def freeze(store: Store, name: str, *, is_frozen: bool) -> None:
    """Stop a host's time, or let it go on."""
    with store.locked():
        lab = Lab.load(store)
        guest = lab.guest(name)
        if not is_running(guest):
            raise LabError(f"{name} has no power; run 'lab power-on {name}' first")
        set_frozen(guest, is_frozen=is_frozen)
        lab.save()
