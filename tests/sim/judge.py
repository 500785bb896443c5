# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold in every run: the eight sentences of docs/protocol.md, judged from outside.

The judge knows the truth: who answers on the LAN, what was cut and when. Here stand terms (4),
leases (6) and the end of a run; ``durations`` has 1, 2, 7 and 8, ``causes`` 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.states import CLAIMING

from .broken import BrokenError
from .causes import Causes
from .durations import Nobody, Two
from .facts import Facts

if TYPE_CHECKING:
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import Decision
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.group import GroupMachine

    from .cluster import Cluster
    from .host import Host

CLOCK_SLACK_S = 0.01


@dataclass
class Was:
    """A group on a node as it was at the last call: terms, and the highest it was told of."""

    life: int
    state: str = "standby"
    term: int = 0
    highest: int = 0
    heard: int = 0


class Judge:
    """Watches one cluster. ``worst`` keeps the longest of what was measured, in seconds."""

    def __init__(self, cluster: Cluster) -> None:
        """Nothing has happened yet."""
        self.cluster = cluster
        self.facts = Facts(cluster)
        self.causes = Causes(cluster, self.facts)
        self.worst: dict[str, float] = {}
        self.two = Two(cluster, self.facts, self.worst)
        self.nobody = Nobody(cluster, self.facts, self.worst)
        self.faults = 0
        self.holders: dict[str, tuple[str, ...]] = {}
        self.changes: list[tuple[float, str, tuple[str, ...]]] = []
        self.takes: list[tuple[float, str, str]] = []  # when, who, which group
        self.states: set[str] = set()
        self._was: dict[tuple[str, str], Was] = {}
        self._names: dict[str, set[str]] = {name: set() for name in cluster.setup.nodes}

    # ---- what happens ---------------------------------------------------------------------------

    def see_change(self, is_fault: bool = True) -> None:
        """The world changes; durations are measured from the last change."""
        self.facts.see_change(is_fault)
        self.look()

    def see_decision(self, host: Host, decision: Decision) -> None:
        """Takes are counted for rule 3."""
        self.states.add(decision.state)
        if decision.state == "holding" and decision.reason.startswith("term "):
            self.takes.append((self.cluster.clock.now, host.name, decision.group))

    def see_end(self, host: Host) -> None:
        """An agent has stopped on purpose: it leaves no address behind."""
        left = [group for group in self.holders if host.kernel.holds(group)]
        if left:
            raise BrokenError(6, f"{host.name} stopped and left {left[0]} in its kernel")

    def look(self) -> None:
        """Who answers now? Called whenever it may have changed."""
        now = self.cluster.clock.now
        for group in dict.fromkeys([*self.cluster.names(), *self.holders]):
            hosts = [h for h in self.cluster.hosts.values() if h.answers(group)]
            for host in hosts:
                self._check_lease(host)
            holders = tuple(host.name for host in hosts)
            self.causes.see_answering(holders, group)
            self.two.look(group, hosts)
            self.nobody.look(group, hosts)
            if holders != self.holders.get(group, ()):
                self.cluster.say("=", f"{group} is answered by {' and '.join(holders) or 'nobody'}")
                self.changes.append((now, group, holders))
                self.holders[group] = holders

    # ---- 4: terms, and who moves ----------------------------------------------------------------

    def check_node(self, host: Host) -> None:
        """After every call of a node."""
        node = host.node
        if node is None:
            return
        for name in self._names[host.name] - node.groups.keys():
            self._was.pop((host.name, name), None)  # a reload that removes a group forgets it
        self._names[host.name] = set(node.groups)
        for name, machine in node.groups.items():
            was = self._was.get((host.name, name))
            if was is None or was.life != host.life:
                was = self._was[host.name, name] = Was(host.life)
                self.states.add(machine.shown)
            self._check_terms(host, machine, was)
            if machine.state != was.state:
                self.states.update((machine.state, machine.shown))
                self.causes.see_transition(host, machine, was.state)
            if machine.term and machine.state in CLAIMING:
                self.causes.see_claim(host, name)
            was.state, was.term, was.highest = machine.state, machine.term, machine.highest
        if self.nobody.is_pending:
            self.look()

    def _check_terms(self, host: Host, machine: GroupMachine, was: Was) -> None:
        if machine.highest < was.highest:
            raise BrokenError(4, f"the highest term fell on {host.name}")
        if machine.term > was.term and machine.term <= max(was.highest, was.heard, was.term):
            seen = max(was.highest, was.heard)
            raise BrokenError(4, f"{host.name} took term {machine.term}, had heard of {seen}")
        words = [peer.word(machine.group_id) for peer in machine.others()]
        heard = max([max(word.term, word.highest) for word in words if word] or [0])
        was.heard = max(was.heard, heard)
        is_beaten = was.state in CLAIMING and machine.state == "releasing"
        if is_beaten and " holds term " in machine.reason:
            claims = [word.term for word in words if word]
            if max(claims or [0]) < was.term:
                raise BrokenError(4, f"{host.name} released term {was.term} to a lower one")

    # ---- 6: leases ------------------------------------------------------------------------------

    def _check_lease(self, host: Host) -> None:
        away_s = host.clock.now() - host.touched_at
        if host.is_running:
            return
        if away_s > host.config.timing.lease_s + CLOCK_SLACK_S:
            raise BrokenError(6, f"{host.name} answers though its agent is away for {away_s:.3f} s")
        self.worst["6 answers without its agent"] = max(
            away_s, self.worst.get("6 answers without its agent", 0.0)
        )

    # ---- at the end -----------------------------------------------------------------------------

    def judge_end(self, calm_since: float) -> None:
        """1, 3, 5: after a long calm there is one holder, the right one, and nothing moves."""
        self.look()
        for group in self.cluster.groups:
            self._judge_group_at_end(group.name, calm_since)

    def _judge_group_at_end(self, group: str, calm_since: float) -> None:
        setup = self.cluster.setup
        settled_at = calm_since + 3 * setup.deadtime_s + setup.initdead_s + 8
        late = [(at, name) for at, name, of in self.takes if of == group and at > settled_at]
        if late:
            raise BrokenError(3, f"{late[0][1]} took {group} at {late[0][0]:.3f} without a cause")
        machines = self._fit_machines(group)
        holders = self.holders.get(group, ())
        if machines and len(holders) != 1:
            raise BrokenError(1, f"{len(holders)} holders of {group} at the end")
        if not machines:
            return
        first, machine = machines[0]
        is_due = machine.config.is_auto_failback and not machine.move.is_kept_away
        if is_due and holders != (first.name,):
            raise BrokenError(5, f"B2: {first.name} did not get {group} back")

    def _fit_machines(self, group: str) -> list[tuple[Host, GroupMachine]]:
        found = [(h, self.facts.machine(h, group)) for h in self.cluster.hosts.values()]
        fit = [
            (host, machine)
            for host, machine in found
            if machine and host.name in machine.config.order
            if machine.is_fit(machine.context.now) or machine.state in CLAIMING
        ]
        return sorted(fit, key=lambda pair: pair[1].config.order.index(pair[0].name))
