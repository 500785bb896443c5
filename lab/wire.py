# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs about the wire: faults and cables."""

from __future__ import annotations

from lab import network, ssh
from lab.errors import LabError
from lab.faults import check_faults, delay_command, load_ruleset, ruleset
from lab.guest import is_running
from lab.running import Lab
from lab.state import Faults, Store
from lab.topology import Host


def apply_ruleset(lab: Lab, but_not: str = "") -> None:
    """Put the recorded faults in force, save those of the host ``but_not``."""
    faults = {name: wanted for name, wanted in lab.state.faults.items() if name != but_not}
    text = ruleset(lab.topology, faults)
    lab.inside(lambda: load_ruleset(text))


def set_faults(store: Store, name: str, faults: Faults) -> None:
    """Make ``faults`` all that is wrong with a host, whatever was set before."""
    with store.locked():
        lab = Lab.load(store)
        host = lab.topology.host(name)
        check_faults(lab.topology, host, faults)
        before = lab.state.faults.get(name, Faults())
        if faults.delay_ms or before.delay_ms:
            # The host is told over the wire, so nothing may be lost there meanwhile.
            apply_ruleset(lab, but_not=name)
            set_delay(lab, host, faults)
        lab.state.faults[name] = faults
        if faults == Faults():
            del lab.state.faults[name]
        # Written down once the kernel took them: what it refuses must not hinder the next `up`.
        apply_ruleset(lab)
        lab.save()


def set_delay(lab: Lab, host: Host, faults: Faults) -> None:
    """Set the delay of what a host sends."""
    guest = lab.guest(host.name)
    if not is_running(guest) or guest.is_frozen:
        raise LabError(f"{host.name} must run for its delay to be set; power it on or thaw it")
    status, output = ssh.run_ssh(host, lab.ssh_options, delay_command(host, faults))
    if status != 0:
        detail = " ".join(output.split()) or f"status {status}"
        raise LabError(f"{host.name} did not take the delay: {detail}")


def set_link(store: Store, name: str, interface: str, *, is_up: bool) -> None:
    """Plug or unplug the cable of one interface."""
    with store.locked():
        lab = Lab.load(store)
        tap = lab.topology.host(name).nic(interface).tap
        others = [down for down in lab.state.links_down if down != tap]
        lab.state.links_down = others if is_up else [*others, tap]
        lab.save()
        lab.inside(lambda: network.set_link(tap, is_up=is_up))
