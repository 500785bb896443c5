# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health monitor without I/O: which rows belong in the kernel now, per group, and why.

The loop (``ldirectord.py``) hands it probe results and the agent's words and asks for the wanted
table. A service belongs to the group of its VIP. Rows of warm groups and of services in no group
always stand; those of a cold group stand while it is activated (docs/protocol.md T5), and until
the agent has spoken for the first time they are left as an earlier life of the monitor left them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .cluster import Group
from .draining import ENABLED, Seen, Words
from .errors import ControlError
from .health import Health, Outcome, Probe, Result
from .model import Destination, DestKey, ServiceKey, Table, VirtualService
from .plan_text import dest_words
from .rows import (
    FADE,
    OUT,
    WAIT,
    destinations,
    healthy_count,
    is_serving,
    key_text,
    table_digest,
    wanted_rows,
)
from .services import Check, MonitorConfig, Real, Virtual, longest_check_s

# The services whose VIP is in no group of haresources, and those by firewall mark.
NO_GROUP = ""
Use = tuple[Virtual, Real]  # a real server and one of the services where it stands


@dataclass(frozen=True)
class GroupReport:
    """What the agent hears of one (``core.events.TableState``): digest (8 bytes), servers up,
    longest time between two checks of a server, servers in all."""

    group: str
    digest: bytes
    healthy: int
    is_loaded: bool
    error: str = ""
    check_s: float = 0.0
    servers: int = 0


class Monitor:
    """Verdicts, activations and operators' words; everything else follows from them."""

    def __init__(
        self, config: MonitorConfig, groups: Iterable[Group], now: float, words: Words | None = None
    ) -> None:
        """Start with no verdicts and no word of the agent; ``words`` are those of operators."""
        self.health = Health()
        self.words = words or Words()
        self._is_active: dict[str, bool] = {}
        self.reconfigure(config, groups, now)

    def reconfigure(self, config: MonitorConfig, groups: Iterable[Group], now: float) -> None:
        """Take a new configuration; verdicts of checks that did not change are kept."""
        self.config = config
        self.groups: dict[str, Group] = {group.name: group for group in groups}
        self._group_of = {
            held.address: group.name for group in self.groups.values() for held in group.addresses
        }
        named = {each.service.key.address for each in config.virtuals}
        self._virtual_addresses = frozenset(named | set(self._group_of)) - {""}
        self._uses = _uses_of_checks(config.virtuals)
        self.health.set_checks(self._uses, now)

    # ---- checks ------------------------------------------------------------------------------

    def get_timer(self) -> float | None:
        """When the next check is due."""
        return self.health.get_timer()

    def start_due(self, now: float) -> list[Probe]:
        """The probes to start now."""
        return self.health.start_due(now)

    def record(self, probe: Probe, result: Result, now: float) -> Outcome | None:
        """Take a result; an outcome with ``is_news`` asks for a new look at the table."""
        was_awaited = self._is_awaited(probe.check)
        outcome = self.health.record(probe, result, now)
        if outcome is None or not was_awaited or self._is_awaited(probe.check):
            return outcome
        return replace(outcome, is_return=True)

    def _is_awaited(self, check: Check) -> bool:
        return any(self.rule(real) == WAIT for dummy, real in self._uses.get(check, ()))

    def describe(self, outcome: Outcome) -> list[str]:
        """Log lines in ldirectord's words for what does not show in the table: soft failures."""
        uses = self._use_texts(outcome.check)
        if outcome.is_soft_failure:
            tail = f"failure {outcome.failures}/{outcome.check.fall}: {outcome.reason}"
            return [f"Soft failure real server: {use} {tail}" for use in uses]
        if outcome.was_up and outcome.is_up and outcome.had_failures:
            return [f"Resetting soft failure count: {use}" for use in uses]
        if outcome.is_change and not outcome.is_up:
            return [f"Real server is down: {use}: {outcome.reason}" for use in uses]
        return []

    def _use_texts(self, check: Check) -> list[str]:
        return [
            f"{dest_words(real.destination.key)} ({key_text(virtual.service.key)})"
            for virtual, real in self._uses.get(check, ())
        ]

    # ---- operators' words --------------------------------------------------------------------

    def servers(self) -> dict[DestKey, list[Use]]:
        """Every real server of the configuration, with the services where it stands."""
        found: dict[DestKey, list[Use]] = {}
        for virtual in self.config.virtuals:
            for real in virtual.reals:
                found.setdefault(real.destination.key, []).append((virtual, real))
        return found

    def rule(self, real: Real, words: Words | None = None) -> str:
        """What an operator's word (of ``words``, else those in force) makes of a server now:
        ``rows.Rule``."""
        word = (words or self.words).of(real.destination.key)
        if word is None:
            return ""
        if word.state != ENABLED:
            return FADE if word.is_draining else OUT
        state = self.health.state(real.check) if real.check else None
        if state is None or not state.is_up:
            return ""
        return "" if state.good_at is not None and state.good_at > word.since else WAIT

    def see(self, current: Table, now: float) -> None:
        """Take in what the kernel has of the servers that are drained."""
        seen: dict[DestKey, Seen] = {}
        for key, uses in self.servers().items() if self.words.is_draining else ():
            rows = (destinations(current, virtual).get(key) for virtual, dummy in uses)
            held = [row for row in rows if row is not None]
            seen[key] = Seen(
                len(held),
                sum(row.weight for row in held),
                sum(row.active_connections for row in held),
                sum(row.inactive_connections for row in held),
            )
        self.words = self.words.seen(seen, now)

    # ---- groups ------------------------------------------------------------------------------

    def activate(self, group: str, now: float) -> None:
        """The agent is about to hold this group: its rows belong in the kernel."""
        self._require(group)
        self._is_active[group] = True
        checks = (real.check for virtual in self.virtuals(group) for real in virtual.reals)
        self.health.hasten([check for check in checks if check is not None], now)

    def deactivate(self, group: str) -> None:
        """The agent does not hold this group: its rows go if it is a cold one."""
        self._require(group)
        self._is_active[group] = False

    def _require(self, group: str) -> None:
        if group not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            raise ControlError(
                f"the health monitor knows no group {group} (it knows: {known}), is haresources"
                " the one that heartbeat runs with? `systemctl reload lvs-ldirectord` reads it anew"
            )

    def is_active(self, group: str) -> bool | None:
        """Does the agent hold this group? None before it spoke of it."""
        return self._is_active.get(group)

    def group_of(self, key: ServiceKey) -> str:
        """The group of a service's VIP, NO_GROUP when it is in none."""
        return self._group_of.get(key.address, NO_GROUP)

    def virtuals(self, group: str) -> list[Virtual]:
        """The services of a group."""
        virtuals = self.config.virtuals
        return [each for each in virtuals if self.group_of(each.service.key) == group]

    def is_settled(self, group: str, current: Table) -> bool:
        """Can each of the group's services be loaded: is a server healthy, or all of them judged?

        A service whose rows an earlier life of the monitor left is not waited for.
        """
        return all(self._is_settled(virtual, current) for virtual in self.virtuals(group))

    def _is_settled(self, virtual: Virtual, current: Table) -> bool:
        ups = [is_serving(real, self.health.is_up, self.rule) for real in virtual.reals]
        if any(ups) or None not in ups:
            return True
        rows = self.rows(virtual, current)
        return any(row.weight for row in rows.values())

    def settle_timeout_s(self, group: str) -> float:
        """How long the first verdicts of a group can take at most."""
        checks = [real.check for virtual in self.virtuals(group) for real in virtual.reals]
        return max((check.timeout_s + 1.0 for check in checks if check is not None), default=0.0)

    # ---- the table ---------------------------------------------------------------------------

    def is_wanted(self, key: ServiceKey, current: Table) -> bool:
        """Does this service belong in the kernel now?"""
        group = self.groups.get(self.group_of(key))
        if group is None or group.standby == "warm":
            return True
        return self._is_active.get(group.name, key in current)

    def wanted_table(self, current: Table) -> Table:
        """Every service that belongs in the kernel now, with its destinations."""
        return {
            virtual.service.key: VirtualService(virtual.service, self.rows(virtual, current))
            for virtual in self.config.virtuals
            if self.is_wanted(virtual.service.key, current)
        }

    def rows(self, virtual: Virtual, current: Table) -> dict[DestKey, Destination]:
        """The destinations that one service should have now."""
        stands = destinations(current, virtual)
        return wanted_rows(virtual, self.health.is_up, stands, self.rule)

    def keys(self) -> set[ServiceKey]:
        """Every service the configuration names."""
        return {virtual.service.key for virtual in self.config.virtuals}

    def keys_to_remove_at_stop(self) -> set[ServiceKey]:
        """The services whose rows go when the daemon ends (cleanstop = yes).

        Not those of a group that the agent holds here, or has not spoken of yet: its VIP would
        stand over an empty table until the monitor is back.
        """
        virtuals = [each for each in self.config.virtuals if each.is_cleanstop]
        return {each.service.key for each in virtuals if self._is_idle(each.service.key)}

    def _is_idle(self, key: ServiceKey) -> bool:
        group = self.group_of(key)
        return group == NO_GROUP or self._is_active.get(group) is False

    def fallbacks(self) -> set[tuple[str, str]]:
        """Pairs (service, destination), as texts, of the fallback rows, for the log's words."""
        return {
            (key_text(each.service.key), dest_words(each.fallback.key))
            for each in self.config.virtuals
            if each.fallback is not None
        }

    def virtual_addresses(self) -> frozenset[str]:
        """Every VIP: no check may come from one of these."""
        return self._virtual_addresses

    def healthy_count(self) -> int:
        """How many servers are up, counted per service."""
        return healthy_count(self.config.virtuals, self.health.is_up)

    # ---- reports -----------------------------------------------------------------------------

    def reports(self, current: Table, errors: Mapping[ServiceKey, str]) -> list[GroupReport]:
        """One report for each group, given the kernel's table and what it refused."""
        return [self.report(name, current, errors) for name in sorted(self.groups)]

    def report(self, group: str, current: Table, errors: Mapping[ServiceKey, str]) -> GroupReport:
        """A group's digest, healthy servers, and whether its services are in the kernel.

        Without operators' words: a server that is drained on one director alone must not make the
        other one look better, or the group would move.
        """
        virtuals = self.virtuals(group)
        verdict = self.health.is_up
        keys = [each.service.key for each in virtuals]
        error = next((errors[key] for key in keys if key in errors), "")
        return GroupReport(
            group=group,
            digest=table_digest(virtuals, verdict),
            healthy=healthy_count(virtuals, verdict),
            is_loaded=not error and all(key in current for key in keys),
            error=error,
            check_s=longest_check_s(virtuals),
            servers=sum(len(virtual.reals) for virtual in virtuals),
        )


def _uses_of_checks(virtuals: Iterable[Virtual]) -> dict[Check, list[Use]]:
    uses: dict[Check, list[Use]] = {}
    for virtual in virtuals:
        for real in virtual.reals:
            if real.check is not None:
                uses.setdefault(real.check, []).append((virtual, real))
    return uses
