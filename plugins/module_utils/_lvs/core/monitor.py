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
from dataclasses import dataclass

from .cluster import Group
from .errors import ControlError
from .health import Health, Outcome, Probe, Result
from .model import ServiceKey, Table
from .plan_text import dest_words
from .rows import (
    destinations,
    healthy_count,
    is_real_up,
    key_text,
    table_digest,
    wanted_rows,
    wanted_service,
)
from .services import Check, MonitorConfig, Virtual, longest_check_s

# The services whose VIP is in no group of haresources, and those by firewall mark.
NO_GROUP = ""


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
    """Verdicts and activations; everything else follows from them."""

    def __init__(self, config: MonitorConfig, groups: Iterable[Group], now: float) -> None:
        """Start with nothing known: no verdicts, no word of the agent."""
        self.health = Health()
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
        self._users = _users_of_checks(config.virtuals)
        self.health.set_checks(self._users, now)

    # ---- checks ------------------------------------------------------------------------------

    def get_timer(self) -> float | None:
        """When the next check is due."""
        return self.health.get_timer()

    def start_due(self, now: float) -> list[Probe]:
        """The probes to start now."""
        return self.health.start_due(now)

    def record(self, probe: Probe, result: Result, now: float) -> Outcome | None:
        """Take a result; an outcome with ``is_change`` asks for a new look at the table."""
        return self.health.record(probe, result, now)

    def describe(self, outcome: Outcome) -> list[str]:
        """Log lines in ldirectord's words for what does not show in the table: soft failures."""
        if outcome.is_soft_failure:
            tail = f"failure {outcome.failures}/{outcome.check.fall}: {outcome.reason}"
            return [f"Soft failure real server: {use} {tail}" for use in self._uses(outcome.check)]
        if outcome.was_up and outcome.is_up and outcome.had_failures:
            return [f"Resetting soft failure count: {use}" for use in self._uses(outcome.check)]
        if outcome.is_change and not outcome.is_up:
            return [
                f"Real server is down: {use}: {outcome.reason}" for use in self._uses(outcome.check)
            ]
        return []

    def _uses(self, check: Check) -> list[str]:
        return list(self._users.get(check, ()))

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
        ups = [is_real_up(real, self.health.is_up) for real in virtual.reals]
        if any(ups) or None not in ups:
            return True
        rows = wanted_rows(virtual, self.health.is_up, destinations(current, virtual))
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
        wanted: Table = {}
        for virtual in self.config.virtuals:
            key = virtual.service.key
            if self.is_wanted(key, current):
                stands = destinations(current, virtual)
                wanted[key] = wanted_service(virtual, self.health.is_up, stands)
        return wanted

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
        """A group's digest, healthy servers, and whether its services are in the kernel."""
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

    def status(
        self, current: Table, errors: Mapping[ServiceKey, str], now: float
    ) -> dict[str, object]:
        """JSON-ready: groups with their reports, services with each server's state and reason."""
        return {
            "source": self.config.source,
            "checks": len(self.health),
            "warnings": list(self.config.warnings),
            "groups": {
                report.group: self._group_status(report) for report in self.reports(current, errors)
            },
            "services": [self._service_status(each, current, now) for each in self.config.virtuals],
        }

    def _group_status(self, report: GroupReport) -> dict[str, object]:
        return {
            "digest": report.digest.hex(),
            "healthy": report.healthy,
            "standby": self.groups[report.group].standby,
            "is_active": self._is_active.get(report.group),
            "is_loaded": report.is_loaded,
            "error": report.error,
        }

    def _service_status(self, virtual: Virtual, current: Table, now: float) -> dict[str, object]:
        key = virtual.service.key
        rows = wanted_rows(virtual, self.health.is_up, destinations(current, virtual))
        fallback = virtual.fallback
        return {
            "service": key_text(key),
            "name": virtual.name,
            "group": self.group_of(key),
            "is_loaded": key in current,
            "is_fallback_active": fallback is not None and fallback.key in rows,
            "servers": [
                {
                    "server": dest_words(real.destination.key),
                    **self._check_status(real.check, now),
                    "is_up": is_real_up(real, self.health.is_up),
                }
                for real in virtual.reals
            ],
        }

    def _check_status(self, check: Check | None, now: float) -> dict[str, object]:
        state = None if check is None else self.health.state(check)
        if state is None:
            return {"reason": "not checked"}
        since = None if state.since is None else round(now - state.since, 3)
        return {
            "reason": state.reason,
            "failures": state.failures,
            "for_s": since,
            "took_ms": round(state.last_took_s * 1000, 1),
        }


def _users_of_checks(virtuals: Iterable[Virtual]) -> dict[Check, list[str]]:
    users: dict[Check, list[str]] = {}
    for virtual in virtuals:
        for real in virtual.reals:
            if real.check is not None:
                text = f"{dest_words(real.destination.key)} ({key_text(virtual.service.key)})"
                users.setdefault(real.check, []).append(text)
    return users
