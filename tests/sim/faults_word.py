# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operators, files and senses say: commands, reloads, ping nodes, watches, health."""

from __future__ import annotations

from dataclasses import replace

from . import faults_host, faults_wire
from .setup import VIPS, GroupSetup, draw_group, make_config
from .states import MOVE_STATES
from .world import Fault, Steps, World


def command(world: World) -> Steps:
    """A word somewhere; all are taken back so that nobody stays parked."""
    _say_something(world)
    yield world.pause(0, 5)
    yield from _unpark(world)


def _say_something(world: World) -> None:
    cluster, host = world.cluster, world.any_host()
    verb = world.rng.choice(["standby", "takeover", "give"])
    group = world.any_group()
    groups = () if verb != "give" and world.rng.random() < 0.3 else (group,)
    if verb == "give":
        host = world.holder(group) or host
    others = [name for name in cluster.hosts if name != host.name]
    target = world.rng.choice(others) if verb == "give" else ""
    cluster.judge.faults += 1
    cluster.command(host.name, verb, groups, target)


def _unpark(world: World) -> Steps:
    for name, host in world.cluster.hosts.items():
        machines = host.node.groups.values() if host.node else []
        if any(machine.move.is_parked for machine in machines):
            world.cluster.command(name, "takeover")
            yield world.pause(0, 3)


def break_move(world: World) -> Steps:
    """A planned move, and in its middle something breaks."""
    _say_something(world)
    states = world.rng.choice(MOVE_STATES)
    yield from world.until_state(states)
    breaks: list[Fault] = [
        faults_wire.cut_links,
        faults_wire.cut_all,
        faults_wire.spoil_links,
        faults_host.freeze,
        faults_host.sigstop,
        faults_host.kill,
        faults_host.power_off,
    ]
    world.cluster.meet("a move broken")
    yield from world.rng.choice(breaks)(world)
    yield from _unpark(world)


def reload(world: World) -> Steps:
    """A changed configuration, on one host after the other."""
    cluster = world.cluster
    groups, kind = _draw_groups(world)
    cluster.groups = groups
    cluster.fault(f"reload, {kind}: {'; '.join(map(str, groups))}", f"reload, {kind}")
    for name, host in cluster.hosts.items():
        host.reload(make_config(cluster.setup, name, groups))
        cluster.change(f"{name} reloads")
        yield world.pause(0, 0.5)
    yield world.pause(0, 3)


def _draw_groups(world: World) -> tuple[tuple[GroupSetup, ...], str]:
    groups, rng = world.cluster.groups, world.rng
    kinds = ["failback changed"]
    unused = [name for name in VIPS if name not in {group.name for group in groups}]
    kinds += ["group removed"] * 2 if len(groups) > 1 else []
    kinds += ["group added"] * 2 if len(groups) < 3 else []
    kind = rng.choice(kinds)
    if kind == "group added":
        name = rng.choice(unused)
        return (*groups, draw_group(rng, world.cluster.setup.nodes, name)), kind
    chosen = rng.choice(groups)
    if kind == "group removed":
        return tuple(group for group in groups if group is not chosen), kind
    changed = replace(chosen, is_auto_failback=not chosen.is_auto_failback)
    return tuple(changed if group is chosen else group for group in groups), kind


def lose_pings(world: World) -> Steps:
    """A ping node is not reached by one host, or by none."""
    cluster, pings = world.cluster, world.cluster.setup.pings
    if not pings:
        return
    name = world.rng.choice(pings)
    is_by_all = world.rng.random() < 0.5
    hosts = list(cluster.hosts.values()) if is_by_all else [world.any_host()]
    for host in hosts:
        host.lost_pings.add(name)
    who = "all" if is_by_all else hosts[0].name
    cluster.fault(
        f"{name} is not reached by {who}", f"ping node lost by {'all' if is_by_all else 'one'}"
    )
    yield cluster.setup.deadping_s + world.pause(0, 4)
    for host in hosts:
        host.lost_pings.discard(name)
    cluster.change(f"{name} is reached by {who} again")
    yield world.pause(0, 2)


def fail_watch(world: World) -> Steps:
    """A watch command fails, for less or more than its fall."""
    cluster = world.cluster
    if not cluster.setup.watches:
        return
    with world.borrow() as host:
        host.failing.add(0)
        cluster.fault(f"the watch command fails on {host.name}", "watch command failing")
        yield world.pause(0.5, 6)
        host.failing.discard(0)
        host.watched_well_at = cluster.clock.now
        cluster.change(f"the watch command is well again on {host.name}")
        yield world.pause(0, 3)


def differ(world: World) -> Steps:
    """One node's monitor sees other servers for a while, fewer or merely others."""
    cluster, healthy = world.cluster, world.rng.choice([2, 2, 3])
    with world.borrow() as host:
        host.table.digest, host.table.healthy = b"87654321", healthy
        host.say_table()
        cluster.fault(f"{host.name} sees {healthy} healthy servers", "healthy servers differ")
        yield world.rng.choice([world.lasting(), world.pause(3, 7)])
        host.table.digest, host.table.healthy = b"12345678", 3
        host.say_table()
        cluster.change(f"{host.name} sees what the others see")


FAULTS = [
    (command, 3),
    (break_move, 4),
    (reload, 2),
    (lose_pings, 2),
    (fail_watch, 2),
    (differ, 1),
]
KINDS = {
    *("command standby", "command takeover", "command give", "a move broken"),
    *("reload, group added", "reload, group removed", "reload, failback changed"),
    *("ping node lost by one", "ping node lost by all", "watch command failing"),
    *("healthy servers differ", "fencing that works", "fencing that fails"),
}
