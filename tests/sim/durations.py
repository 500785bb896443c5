# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invariants 1, 2, 7 and 8: for how long two may hold a group, or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.states import (
    CLAIMING,
    SERVING,
)

from .broken import BrokenError
from .host import Host
from .kernel import NEVER

if TYPE_CHECKING:
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.group import GroupMachine

    from .cluster import Cluster
    from .facts import Facts

TICK_S = 1e-4  # a deadline is looked at this much later
UNEQUAL_S = 0.4  # U2: two intervals of the pings
RISE_S = 2.2  # U: two results of a watch command
MOVE_S = 0.5  # a fault that came so shortly before came in the move
M4_S = 1.0  # the giver's wait for its confirmation
MOVING = ("leaving", "offering", "returning", "receiving")


class Deadlines:
    """Looks once more when a duration would become too long."""

    def __init__(self, cluster: Cluster, worst: dict[str, float]) -> None:
        """None is set."""
        self.cluster, self.worst = cluster, worst
        self._set_for: dict[object, float] = {}

    def look_at(self, key: object, deadline: float) -> None:
        """Have the judge look just after this time."""
        if self._set_for.get(key) != deadline:
            self._set_for[key] = deadline
            self.cluster.clock.at(deadline + TICK_S, self.cluster.touch)

    def keep(self, what: str, value_s: float) -> None:
        """The longest so far."""
        if value_s > self.worst.get(what, 0.0):
            self.worst[what] = value_s


class Two:
    """1: of those that hear each other one holds. 8: on one LAN one answers."""

    def __init__(self, cluster: Cluster, facts: Facts, worst: dict[str, float]) -> None:
        """Nobody holds anything."""
        self.cluster, self.facts = cluster, facts
        self._deadlines = Deadlines(cluster, worst)
        self._since: dict[tuple[int, str, str, str], float] = {}

    def look(self, group: str, hosts: list[Host]) -> None:
        """``hosts`` answer for the group now."""
        now = self.cluster.clock.now
        seen = set()
        for one, other in combinations(hosts, 2):
            for invariant in self._which(one, other):
                key = (invariant, group, one.name, other.name)
                seen.add(key)
                since = self._since.setdefault(key, now)
                self._check(key, one, other, since)
        for key in [key for key in self._since if key[1] == group and key not in seen]:
            one, other = self.cluster.hosts[key[2]], self.cluster.hosts[key[3]]
            self._measure(key, one, other, self._since.pop(key))

    def _which(self, one: Host, other: Host) -> Iterator[int]:
        between = self.facts.between(one, other)
        if between.is_lan_shared:
            yield 8
        if between.is_well and one.is_running and other.is_running:
            yield 1

    def _check(self, key: tuple[int, str, str, str], one: Host, other: Host, since: float) -> None:
        now = self.cluster.clock.now
        what, allowed_s = self._allowed(key[0], one, other)
        met_at = self._met_at(key[0], one, other)
        is_orphaned = not (one.is_running and other.is_running)
        # An agent that died while two answered: nobody can tell its host to stop (6 bounds it).
        at = since if is_orphaned else now
        if at > met_at + allowed_s:
            raise BrokenError(
                key[0],
                f"{key[2]} and {key[3]} hold {key[1]}, {_after(at - met_at)}"
                f" ({what}: allowed for {allowed_s:.3f} s)",
            )
        if not is_orphaned:
            self._deadlines.look_at(key, met_at + allowed_s)

    def _measure(
        self, key: tuple[int, str, str, str], one: Host, other: Host, since: float
    ) -> None:
        what, dummy = self._allowed(key[0], one, other)
        if one.is_running and other.is_running:
            lasted_s = self.cluster.clock.now - max(since, self._met_at(key[0], one, other))
            self._deadlines.keep(f"{key[0]} two, {what}", lasted_s)

    def _met_at(self, invariant: int, one: Host, other: Host) -> float:
        """The last change after which two may be found to hold."""
        between, facts = self.facts.between(one, other), self.facts
        met_at = max(between.links_since, facts.awake_since(one, other), facts.late_until)
        return max(met_at, between.lan_since) if invariant == 8 else met_at

    def _allowed(self, invariant: int, one: Host, other: Host) -> tuple[str, float]:
        """The situation, and the bound that it has."""
        between, setup = self.facts.between(one, other), self.cluster.setup
        short_s = self.facts.meeting_s() + self.facts.operations_s()
        if invariant == 1 or between.is_well:
            return "links well", short_s
        wire_s = 5 * setup.keepalive_s + self.facts.operations_s()  # T6
        doubt_s = setup.deadtime_s + setup.keepalive_s  # T6 begins when the other is doubtful
        if not between.is_certain:
            return "links lossy", doubt_s + wire_s
        # Cut while a host stood, its clock too: by that clock the other was heard just now.
        if max(one.stood_until, other.stood_until) >= between.links_since:
            return "links cut while a clock stood", doubt_s + wire_s
        return "links cut", wire_s


class Nobody:
    """2: a group that a node can serve is held. 7: so is one that moves."""

    def __init__(self, cluster: Cluster, facts: Facts, worst: dict[str, float]) -> None:
        """Nobody holds anything, and nobody could."""
        self.cluster, self.facts = cluster, facts
        self._deadlines = Deadlines(cluster, worst)
        self._since: dict[tuple[str, str], float] = {}
        self._what: dict[tuple[str, str], str] = {}
        self._is_move: dict[str, bool] = {}
        self._last: dict[str, str] = {}
        self.is_pending = False

    def look(self, group: str, hosts: list[Host]) -> None:
        """``hosts`` answer for the group now."""
        if hosts:
            self._last[group] = hosts[0].name
        elif self._has_let_go(group):
            self._last[group] = ""
        answering = {host.name for host in hosts}
        for part in self.facts.components():
            is_served = bool(part & answering)
            for name in part:
                self._look_at(group, self.cluster.hosts[name], is_served)
        self.is_pending = bool(self._since)

    def _look_at(self, group: str, host: Host, is_served: bool) -> None:
        now, key = self.cluster.clock.now, (group, host.name)
        is_able = not is_served and self._is_able(group, host)
        if is_able and self.facts.is_certain(host):
            since = self._since.setdefault(key, now)
            self._check(key, host, since)
        elif key in self._since:
            begun_at, changed_at = self._since.pop(key), self._changed_at(host)
            if is_served:
                self._deadlines.keep(self._what[key], now - max(begun_at, changed_at))
                self._is_move.pop(group, None)

    def _check(self, key: tuple[str, str], host: Host, since: float) -> None:
        changed_at = self._changed_at(host)
        what, allowed_s = self._allowed(key[0], host, since)
        self._what[key] = what
        since = max(since, changed_at)
        lasted_s = self.cluster.clock.now - since
        if lasted_s > allowed_s:
            number = 7 if what.startswith("7") else 2
            raise BrokenError(
                number,
                f"nobody holds {key[0]} for {lasted_s:.3f} s though {host.name} could"
                f" ({what.partition(' ')[2]}: allowed for {allowed_s:.3f} s)",
            )
        self._deadlines.look_at(key, since + allowed_s)

    def _changed_at(self, host: Host) -> float:
        facts = self.facts
        return max(facts.change_at, facts.late_until, host.awake_since)

    def _allowed(self, group: str, host: Host, begun_at: float) -> tuple[str, float]:
        """The situation since ``begun_at``, and the bound that it has."""
        setup, facts = self.cluster.setup, self.facts
        take_s = facts.operations_s() + facts.meeting_s() - setup.keepalive_s
        machine = facts.machine(host, group)
        order = machine.config.order if machine else ()
        last = self._last.get(group, "")
        before = facts.silent_before(host, order, last if _has_heard_claim(machine, last) else "")
        base_s = setup.deadtime_s + 2 * setup.keepalive_s * (1 + before) + take_s
        if self._is_held_without_address(group, host):
            return "2 nobody, address deleted", setup.keepalive_s + take_s
        if facts.are_unequal():
            return "2 nobody, unequal nodes", base_s + UNEQUAL_S
        if self._is_move.get(group) or self._is_moving(group):
            self._is_move[group] = True
            if facts.fault_at > begun_at - MOVE_S:
                return "2 nobody, a move and a fault", max(M4_S + take_s, base_s)
            return "7 nobody, in a move", M4_S + take_s
        return "2 nobody", base_s

    def _has_let_go(self, group: str) -> bool:
        """T4: who released is no holder that fell silent; its turn is waited for."""
        last = self.cluster.hosts.get(self._last.get(group, ""))
        if last is None or not last.is_running:
            return False
        machine = self.facts.machine(last, group)
        return machine is not None and machine.state not in CLAIMING

    def _is_held_without_address(self, group: str, of: Host) -> bool:
        """L2: a node that something passes to says that it holds, and its kernel has no address."""
        part = next((part for part in self.facts.components() if of.name in part), set())
        for host in (self.cluster.hosts[name] for name in part):
            machine = self.facts.machine(host, group)
            is_able = host.is_running and host.is_interface_up and not host.is_refusing
            # One that has just woken does not know yet what it lost (L2, L3).
            is_awake = self.cluster.clock.now > host.awake_since + self.facts.operations_s()
            if (
                is_able
                and is_awake
                and not host.kernel.has(group)
                and machine is not None
                and machine.state in SERVING
            ):
                return True
        return False

    def _is_moving(self, group: str) -> bool:
        machines = [self.facts.machine(h, group) for h in self.cluster.hosts.values()]
        return any(m is not None and m.state in MOVING for m in machines)

    def _is_able(self, group: str, host: Host) -> bool:
        """Whether this node can serve, as the world is: its senses, its operator, its grace."""
        machine = self.facts.machine(host, group)
        if machine is None or not host.is_running or host.name not in machine.config.order:
            return False
        is_well = host.is_interface_up and not host.table.error and not host.failing
        is_well = is_well and self.cluster.clock.now - host.watched_well_at > RISE_S
        return (
            is_well
            and not host.is_refusing
            and self._is_past_grace(host, machine)
            and _is_willing(host, machine)
            and self.facts.hears_most(host)
        )

    def _is_past_grace(self, host: Host, machine: GroupMachine) -> bool:
        initdead_at = host.started_at + self.cluster.setup.initdead_s * 1.001
        return machine.is_past_grace or self.cluster.clock.now > initdead_at


def _has_heard_claim(machine: GroupMachine | None, name: str) -> bool:
    """T4: the turn of a holder that fell silent is not waited for, if one has heard that it holds;
    what it said while the links were cut, or this node slept, was heard by nobody."""
    peer = machine.context.peers.get(name) if machine else None
    word = peer.word(machine.group_id) if peer and machine else None
    return word is not None and word.state in CLAIMING


def _is_willing(host: Host, machine: GroupMachine) -> bool:
    is_told_not_to = machine.move.is_parked or machine.context.is_stopping
    has_failed = host.clock.now() < machine.failed_until
    return machine.table is not None and not is_told_not_to and not has_failed


def _after(duration_s: float) -> str:
    if duration_s > -NEVER / 2:
        return "and no heal or thaw came before"
    return f"{duration_s:.3f} s after the last heal or thaw"
