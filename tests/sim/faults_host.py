# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of hosts and of the agents on them."""

from __future__ import annotations

from .world import Steps, World


def freeze(world: World) -> Steps:
    """A whole host, its clock running or not."""
    cluster, is_clock_stopped = world.cluster, world.rng.random() < 0.5
    how = "clock stopped" if is_clock_stopped else "clock running"
    with world.borrow() as host:
        host.freeze(is_clock_stopped)
        cluster.fault(f"freeze {host.name}, {how}", f"freeze, {how}")
        yield world.lasting()
        host.thaw()
        cluster.change(f"thaw {host.name}")
        # A host that thaws and whose agent then dies at once answers until its lease ends.
        yield world.pause(cluster.setup.keepalive_s + 0.05, 1)


def sigstop(world: World) -> Steps:
    """The agent alone; the kernel goes on."""
    cluster, is_long = world.cluster, world.rng.random() < 0.4
    with world.borrow() as host:
        host.stop_agent()
        kind = "SIGSTOP past the lease" if is_long else "SIGSTOP"
        cluster.fault(f"SIGSTOP {host.name}", kind)
        yield world.past_lease() if is_long else world.lasting()
        host.thaw()
        cluster.change(f"SIGCONT {host.name}")


def kill(world: World) -> Steps:
    """kill -9, and back at once or later."""
    cluster, is_at_once = world.cluster, world.rng.random() < 0.5
    with world.borrow() as host:
        host.kill_agent()
        kind = "kill and back at once" if is_at_once else "kill"
        cluster.fault(f"kill {host.name}", kind)
        yield world.pause(0, 0.2) if is_at_once else world.lasting()
        host.start_agent()
        cluster.change(f"start {host.name}")


def power_off(world: World) -> Steps:
    """A power cut, and power again."""
    cluster = world.cluster
    with world.borrow() as host:
        host.power_off()
        cluster.fault(f"power off {host.name}", "power off")
        yield world.lasting()
        host.power_on()
        cluster.change(f"power on {host.name}")


def power_off_all(world: World) -> Steps:
    """All hosts at once, and all of them again, together."""
    cluster = world.cluster
    for host in cluster.hosts.values():
        host.power_off()
    cluster.fault("power off all", "power off of all")
    yield world.pause(0, 2)
    for host in cluster.hosts.values():
        host.power_on()
    cluster.change("power on all")
    yield cluster.setup.initdead_s


def restart(world: World) -> Steps:
    """A graceful stop and a start."""
    cluster = world.cluster
    with world.borrow() as host:
        cluster.stop(host.name)
        yield world.pause(0, 5)
        host.kill_agent()
        host.start_agent()
        cluster.change(f"start {host.name}", "restart")


def delete_addresses(world: World) -> Steps:
    """Somebody removes the addresses by hand (L2)."""
    host = world.holder(world.any_group()) or world.any_host()
    host.lose_addresses()
    world.cluster.fault(f"addresses deleted on {host.name}", "address deleted")
    yield world.pause(0, 1)


def lose_interface(world: World) -> Steps:
    """The clients' interface of a host goes down, and up."""
    cluster = world.cluster
    with world.borrow() as host:
        host.set_link(is_up=False)
        cluster.fault(f"interface down on {host.name}", "interface down")
        yield world.lasting()
        host.set_link(is_up=True)
        cluster.change(f"interface up on {host.name}")


def refuse_addresses(world: World) -> Steps:
    """The kernel of a host sets no address."""
    cluster = world.cluster
    with world.borrow() as host:
        host.is_refusing = True
        cluster.fault(f"the kernel of {host.name} sets no address", "address refused")
        group = world.any_group()
        cluster.command(host.name, "takeover", (group,))
        yield world.pause(1, 4)
        host.is_refusing = False
        cluster.change(f"the kernel of {host.name} is well again")


def break_table(world: World) -> Steps:
    """The health monitor cannot apply its table."""
    cluster = world.cluster
    with world.borrow() as host:
        host.table.error = "the table could not be applied."
        host.say_table()
        cluster.fault(f"table error on {host.name}", "table error")
        yield world.rng.choice([world.lasting(), world.pause(4, 7)])
        host.table.error = ""
        host.say_table()
        cluster.change(f"table well again on {host.name}")


FAULTS = [
    (freeze, 3),
    (sigstop, 2),
    (kill, 2),
    (power_off, 2),
    (power_off_all, 1),
    (restart, 2),
    (delete_addresses, 1),
    (lose_interface, 1),
    (refuse_addresses, 1),
    (break_table, 1),
]
KINDS = {
    *("freeze, clock stopped", "freeze, clock running", "SIGSTOP", "SIGSTOP past the lease"),
    *("kill", "kill and back at once", "power off", "power off of all", "restart", "stop"),
    *("address deleted", "interface down", "address refused", "table error"),
}
