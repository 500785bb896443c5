# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold in every run: the eight sentences of docs/protocol.md, judged from outside.

The judge knows the truth (who answers on the LAN, what was cut and when); it asks a node only what
rule 4 is about, its terms, and rule 2, whether it contests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.states import CLAIMING

from .broken import BrokenError

if TYPE_CHECKING:
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import Decision
    from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.group import GroupMachine

    from .cluster import Cluster
    from .host import Host

SLACK_S = 0.03  # operations of the kernel and deliveries that are under way
LONG_AGO = -1e9


class Judge:
    """Watches one cluster. ``worst`` keeps the longest of what was measured, in seconds."""

    def __init__(self, cluster: Cluster) -> None:
        """Nothing has happened yet."""
        self.cluster = cluster
        self.group = next(iter(cluster.hosts.values())).config.groups[0].name
        self.faults = 0
        self.fault_at = self.heal_at = LONG_AGO
        self.two_since: float | None = None
        self.none_since: float | None = 0.0
        self.holders: frozenset[str] = frozenset()
        self.changes: list[tuple[float, frozenset[str]]] = []
        self.worst: dict[str, float] = {}
        self.was: dict[str, tuple[int, str, int, int]] = {}
        self.takes: list[tuple[float, str]] = []
        self.offered_at: float | None = None

    # ---- what happens ---------------------------------------------------------------------------

    def see_fault(self, is_heal: bool) -> None:
        """The world changes; durations are measured from the last change."""
        self.faults += 1
        self.fault_at = self.cluster.clock.now
        if is_heal:
            self.heal_at = self.fault_at
        self.look()

    def see_decision(self, host: Host, decision: Decision) -> None:
        """Takes are counted for rule 3."""
        if decision.state == "holding" and decision.reason.startswith("term "):
            self.takes.append((self.cluster.clock.now, host.name))

    def see_announcement(self, sender: Host, group: str) -> None:
        """Only who answers may announce; the cluster saw to it."""

    def look(self) -> None:
        """Who answers now? Called whenever it may have changed."""
        now = self.cluster.clock.now
        hosts = [h for h in self.cluster.hosts.values() if h.answers(self.group)]
        for host in hosts:
            self._check_lease(host)
        holders = frozenset(host.name for host in hosts)
        self._judge_two(hosts, now)
        self._judge_none(hosts, now)
        if holders != self.holders:
            self.cluster.say(f"= answered by {', '.join(sorted(holders)) or 'nobody'}")
            self.changes.append((now, holders))
            self.holders = holders

    # ---- 1, 8: never two on one LAN -------------------------------------------------------------

    def _judge_two(self, hosts: list[Host], now: float) -> None:
        is_two = any(
            self.cluster.lan.is_shared(one.name, other.name)
            for one in hosts
            for other in hosts
            if one is not other
        )
        if self.two_since is not None:
            self._measure_two(now)
        if not is_two:
            self.two_since = None
        elif self.two_since is None:
            self.two_since = now
            self._check_two(now)

    def _measure_two(self, now: float) -> None:
        since = max(self.two_since or now, self.heal_at)
        self._keep_worst("two", now - since)
        self._check_two(now)

    def _check_two(self, now: float) -> None:
        # The last change may come during the overlap: each gives the time anew.
        if now - self.heal_at > self.allowed_two_s() + SLACK_S:
            raise BrokenError(
                8, f"two answer on one LAN {now - self.heal_at:.3f} s after the last heal or thaw"
            )

    def allowed_two_s(self) -> float:
        """After a heal or thaw: one keepalive and deliveries when the links are well; T6's two
        answers when only the LAN is; more when datagrams get lost."""
        setup = self.cluster.setup
        links = self.cluster.network.links.values()
        is_orphaned = any(
            h.answers(self.group) and not h.is_running for h in self.cluster.hosts.values()
        )
        if is_orphaned and self.two_since is not None and self.two_since <= self.fault_at:
            # An agent died while two answered: nobody can tell its host to stop before the lease.
            return setup.deadtime_s + 3
        if all(link.is_calm for link in links):
            return setup.keepalive_s + 0.03
        if any(link.loss for link in links):
            return 12 * setup.keepalive_s
        return 5 * setup.keepalive_s + 0.1

    # ---- 2, 7: somebody serves ------------------------------------------------------------------

    def _judge_none(self, hosts: list[Host], now: float) -> None:
        if self.none_since is not None:
            self._check_none(now)
        if hosts:
            self.none_since = None
        elif self.none_since is None:
            self.none_since = now

    def _check_none(self, now: float) -> None:
        since = max(self.none_since or 0.0, self.fault_at)
        setup = self.cluster.setup
        allowed_s = max(setup.deadtime_s + 4 * setup.keepalive_s + 0.2, 1.2)
        if not self._can_somebody_take() or self._is_disturbed():
            # The time until here does not count.
            self.none_since = now
            return
        self._keep_worst("none", now - since)
        if now - since > allowed_s:
            raise BrokenError(
                2, f"nobody serves for {now - since:.3f} s, allowed {allowed_s:.3f} s"
            )

    def _is_disturbed(self) -> bool:
        return not all(link.is_calm for link in self.cluster.network.links.values())

    def _can_somebody_take(self) -> bool:
        """Whether a node that runs is fit and past its grace, and none contests or is in the way
        (agent stopped with its host alive: its lease has to end first)."""
        machines = [self._machine(h) for h in self.cluster.hosts.values() if h.is_running]
        found = [m for m in machines if m is not None]
        if any(m.state == "contested" for m in found):
            return False
        return any(m.is_past_grace and m.is_fit(m.context.now) for m in found)

    # ---- 4: terms -------------------------------------------------------------------------------

    def check_node(self, host: Host) -> None:
        """After every call of a node."""
        self.look()
        machine = self._machine(host)
        if machine is None:
            return
        life, state, term, highest = self.was.get(host.name, (host.life, "standby", 0, 0))
        if life != host.life:
            state, term, highest = "standby", 0, 0
        words = [peer.word(machine.group_id) for peer in machine.others()]
        heard = max([word.term for word in words if word] or [0])
        self._check_terms(machine, (state, term, highest), heard, host.name)
        self.was[host.name] = (host.life, machine.state, machine.term, machine.highest)

    def _check_terms(
        self, machine: GroupMachine, was: tuple[str, int, int], heard: int, name: str
    ) -> None:
        state, term, highest = was
        if machine.highest < highest:
            raise BrokenError(4, f"the highest term fell on {name}")
        if machine.term > term and machine.term <= max(highest, term):
            raise BrokenError(4, f"{name} took term {machine.term}, had heard of {highest}")
        is_beaten = (
            state in CLAIMING and machine.state == "releasing" and " holds term " in machine.reason
        )
        if is_beaten and heard < term:
            raise BrokenError(4, f"{name} released term {term} to a lower one")

    # ---- 6: leases ------------------------------------------------------------------------------

    def _check_lease(self, host: Host) -> None:
        away_s = host.clock() - host.touched_at
        lease_s = host.config.timing.lease_s
        if away_s > lease_s + 0.01 and not host.is_running:
            raise BrokenError(6, f"{host.name} answers though its agent is away for {away_s:.3f} s")

    # ---- at the end -----------------------------------------------------------------------------

    def judge_end(self, calm_since: float) -> None:
        """3, 5: after a long calm there is one holder, the right one, and no move without cause."""
        self.look()
        setup = self.cluster.setup
        settled_at = calm_since + 3 * setup.deadtime_s + setup.initdead_s + 8
        late = [(at, name) for at, name in self.takes if at > settled_at]
        if late:
            raise BrokenError(3, f"{late[0][1]} took at {late[0][0]:.3f} without a cause")
        fit = [
            host.name
            for host in self.cluster.hosts.values()
            if (m := self._machine(host)) and (m.is_fit(m.context.now) or m.state in CLAIMING)
        ]
        if fit and len(self.holders) != 1:
            raise BrokenError(1, f"{len(self.holders)} holders at the end")
        is_due = fit and setup.is_auto_failback and not self._is_kept_away(fit[0])
        if is_due and self.holders != {fit[0]}:
            raise BrokenError(5, f"B2: {fit[0]} did not get its group back")

    def _is_kept_away(self, name: str) -> bool:
        machine = self._machine(self.cluster.hosts[name])
        return bool(machine and machine.move.is_kept_away)

    # ---- helpers --------------------------------------------------------------------------------

    def _machine(self, host: Host) -> GroupMachine | None:
        return host.node.groups[self.group] if host.node else None

    def _keep_worst(self, what: str, value_s: float) -> None:
        self.worst[what] = max(self.worst.get(what, 0.0), value_s)
