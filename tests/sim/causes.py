# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invariants 3 and 5: whoever takes, gives or lets go has a cause in the world, not in its own
words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.states import IDLE, SERVING

from .broken import BrokenError
from .host import Host
from .kernel import NEVER

if TYPE_CHECKING:
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.group import GroupMachine

    from .cluster import Cluster
    from .facts import Facts

COMMAND_S = 15.0  # an operator's word lasts so long
LATELY_S = 10.0


@dataclass
class Asked:
    """An operator's command: where, what, for which groups (() = all), until when it counts."""

    host: str
    verb: str
    groups: tuple[str, ...]
    until: float


class Causes:
    """Remembers who claimed and who answered, and asks each transition for its cause."""

    def __init__(self, cluster: Cluster, facts: Facts) -> None:
        """Nobody asked for anything."""
        self.cluster, self.facts = cluster, facts
        self._asked: dict[int, Asked] = {}
        self._claimed_at: dict[tuple[str, str], float] = {}
        self._answered_at: dict[tuple[str, str], float] = {}
        self._serving_since: dict[tuple[str, str], float] = {}
        self._refused_at: dict[str, float] = {}

    # ---- what happens ---------------------------------------------------------------------------

    def begin_command(self, host: str, verb: str, groups: tuple[str, ...]) -> int:
        """Returns the serial of the command."""
        serial = len(self._asked) + 1
        self._asked[serial] = Asked(host, verb, groups, self.cluster.clock.now + COMMAND_S)
        return serial

    def end_command(self, host: str, serial: int) -> None:
        """It ended; what it set going may still be under way."""
        asked = self._asked.get(serial)
        if asked and asked.host == host:
            asked.until = min(asked.until, self.cluster.clock.now + self._soon_s())

    def see_claim(self, host: Host, group: str) -> None:
        """The node claims the group now."""
        self._claimed_at[host.name, group] = self.cluster.clock.now

    def see_answering(self, names: tuple[str, ...], group: str) -> None:
        """Who answered until now: those of the last look and those of this one."""
        now = self.cluster.clock.now
        for name in {*names, *self.cluster.judge.holders.get(group, ())}:
            self._answered_at[name, group] = now

    def see_transition(self, host: Host, machine: GroupMachine, was: str) -> None:
        """A group of a node changed its state."""
        group, now = machine.name, self.cluster.clock.now
        if machine.state in SERVING and was not in SERVING:
            self._serving_since[host.name, group] = now
        if machine.state == "taking" and was in IDLE:
            self._check_take(host, machine)
        elif machine.state == "giving" and was == "holding":
            self._check_gift(host, machine)
        elif machine.state == "woken" and now - host.awake_since > self._soon_s():
            raise BrokenError(3, f"{host.name} moved {group} to lo, though it was never away")
        elif was in SERVING and machine.state == "releasing":
            self._check_release(host, machine)

    # ---- taking ---------------------------------------------------------------------------------

    def _check_take(self, host: Host, machine: GroupMachine) -> None:
        group, facts = machine.name, self.facts
        for other in self.cluster.hosts.values():
            theirs = facts.machine(other, group)
            if other is host or theirs is None:
                continue
            since = self._serving_since.get((other.name, group), 0.0)
            meeting_s = facts.meeting_s()
            served_s = self.cluster.clock.now - since
            is_met = facts.are_mutual(host, other, meeting_s)
            if theirs.state in SERVING and served_s > meeting_s and is_met:
                raise BrokenError(3, f"{host.name} took {group}, which {other.name} holds and says")
            if self._has_first_say(host, machine, other, theirs):
                raise BrokenError(5, f"{host.name} took {group} past {other.name}, which is fit")
        if not self._heard_most(host):
            raise BrokenError(3, f"{host.name} took {group} without a majority")

    def _has_first_say(
        self, host: Host, machine: GroupMachine, other: Host, theirs: GroupMachine
    ) -> bool:
        """T1: a fit living node that stands before the taker, known to be for a while."""
        order = machine.config.order
        if other.name not in order or order.index(other.name) > order.index(host.name):
            return False
        while_s = self.cluster.setup.deadtime_s + self.facts.meeting_s()
        if not self.facts.are_mutual(host, other, while_s) or not theirs.is_past_grace:
            return False
        now, fit_since = other.clock.now(), theirs.fit_since
        is_new = self.cluster.clock.now - other.started_at < self.cluster.setup.initdead_s + while_s
        return not is_new and fit_since is not None and now - fit_since > while_s

    def _heard_most(self, host: Host) -> bool:
        setup, facts, now = self.cluster.setup, self.facts, self.cluster.clock.now
        if len(setup.nodes) < 3 or not setup.needs_majority:
            return True
        heard = 1
        for other in self.cluster.hosts.values():
            if other is host:
                continue
            between = facts.between(host, other)
            gone_at = now if other.is_running else other.away_since
            cut_at = between.links_since if between.is_one_deaf else now
            heard += now - min(gone_at, cut_at) < setup.deadtime_s + self._soon_s()
        return heard > len(setup.nodes) / 2

    # ---- giving ---------------------------------------------------------------------------------

    def _check_gift(self, host: Host, machine: GroupMachine) -> None:
        group, target = machine.name, machine.move.other
        if self._is_asked_for(group) or machine.context.is_stopping:
            return
        if self._is_worse(host, target):
            return
        order = machine.config.order
        is_back = target in order and order.index(target) < order.index(host.name)
        if not is_back:
            raise BrokenError(3, f"{host.name} gives {group} to {target} without a cause")
        theirs = self.facts.machine(self.cluster.hosts[target], group)
        is_on = machine.config.is_auto_failback or (theirs and theirs.config.is_auto_failback)
        if not is_on:
            raise BrokenError(5, f"B1: {host.name} gives {group} back to {target}")
        fit_since = theirs.fit_since if theirs else None
        delay_s = machine.context.timing.failback_delay_s
        fit_s = self.cluster.hosts[target].clock.now() - (fit_since or NEVER)
        if fit_s < delay_s * 0.99:
            raise BrokenError(5, f"B2: {target} gets {group} back, fit for only {fit_s:.3f} s")

    def _is_asked_for(self, group: str) -> bool:
        now = self.cluster.clock.now
        return any(
            asked.until >= now and (not asked.groups or group in asked.groups)
            for asked in self._asked.values()
        )

    def _is_worse(self, host: Host, target: str) -> bool:
        """U, as the world is: an error of its own, or less than another node has."""
        is_ill = bool(host.table.error or host.failing or host.is_refusing)
        return is_ill or self.facts.are_unequal() or target not in self.cluster.hosts

    # ---- letting go -----------------------------------------------------------------------------

    def _check_release(self, host: Host, machine: GroupMachine) -> None:
        if not self._may_release(host, machine):
            reason = f"({machine.reason})"
            raise BrokenError(3, f"{host.name} let {machine.name} go without a cause {reason}")

    def _may_release(self, host: Host, machine: GroupMachine) -> bool:
        now, group, setup = self.cluster.clock.now, machine.name, self.cluster.setup
        was_cut = now - host.interface_changed_at < self._soon_s()  # up again before it was told
        is_ill = not host.is_interface_up or was_cut
        is_ill = is_ill or machine.context.is_stopping or machine.is_dropped
        was_away = now - host.awake_since < self._soon_s()
        is_lost = not host.kernel.holds(group) or host.is_refusing
        others = [name for name in setup.nodes if name != host.name]
        claims = [self._claimed_at.get((name, group), NEVER) for name in others]
        answers = [self._answered_at.get((name, group), NEVER) for name in others]
        was_beaten = now - max(claims) < 2 * setup.deadtime_s + 1
        was_answered = now - max(answers) < 6 * setup.keepalive_s + 0.1
        return is_ill or was_away or is_lost or was_beaten or was_answered

    def _soon_s(self) -> float:
        return self.facts.meeting_s() + self.facts.operations_s()
