# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs of the health monitor's control socket, and what its subscribers are told.

activate and deactivate a group, subscribe, status, reload: docs/reference/ldirectord_cf.md; those
about single servers are in ``ldirectord_drain.py``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from .core.errors import ControlError
from .core.monitor import GroupReport
from .core.monitor_status import describe_monitor
from .host.control import Session
from .ldirectord_drain import STATE_OF_VERB, DrainVerbs
from .ldirectord_keeping import Keeping, Message

SETTLE_LIMIT_S = 4.0  # the agent waits 5 s for an answer, and a takeover waits for the agent


class Publisher:
    """Tells every subscriber of a group's report when it changes."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._subscribers: set[Session] = set()
        self._told: dict[str, GroupReport] = {}

    def subscribe(self, session: Session, reports: Iterable[GroupReport]) -> None:
        """Tell all there is, and every change from now on."""
        self._subscribers.add(session)
        for report in reports:
            session.push(table_event(report))

    def publish(self, reports: Iterable[GroupReport]) -> None:
        """Tell what differs from the last time."""
        self._subscribers = {session for session in self._subscribers if session.is_open}
        now = {report.group: report for report in reports}
        for name, report in now.items():
            if self._told.get(name) != report:
                for session in self._subscribers:
                    session.push(table_event(report))
        self._told = now


def table_event(report: GroupReport) -> Message:
    """The push about one group; ``digest`` is 16 hexadecimal digits."""
    return {
        "event": "table",
        "group": report.group,
        "digest": report.digest.hex(),
        "healthy": report.healthy,
        "is_loaded": report.is_loaded,
        "error": report.error,
        "check_s": report.check_s,
        "servers": report.servers,
    }


class Verbs:
    """Answers requests; LvsError becomes ``ok: false`` in the control server."""

    def __init__(self, daemon: Keeping, publisher: Publisher, drains: DrainVerbs) -> None:
        """Speak for ``daemon``."""
        self._daemon = daemon
        self._publisher = publisher
        self._drains = drains

    async def handle(self, request: Message, session: Session) -> Message:
        """Do what ``request["verb"]`` says."""
        daemon, verb = self._daemon, request.get("verb")
        if verb == "activate":
            return await self._activate(str(request.get("group")))
        if verb == "deactivate":
            return await self._deactivate(str(request.get("group")))
        if verb == "subscribe":
            self._publisher.subscribe(session, daemon.monitor.reports(daemon.table, daemon.errors))
            return {}
        if verb == "status":
            now = time.monotonic()
            return describe_monitor(daemon.monitor, daemon.table, daemon.errors, now)
        if verb == "servers":
            return self._drains.servers()
        if verb in STATE_OF_VERB:
            return await self._drains.say(request)
        if verb == "reload":
            await daemon.reload()
            return {}
        raise ControlError(
            f"the health monitor has no verb {verb!r}: it has activate, deactivate, disable, drain,"
            " enable, reload, servers, status and subscribe."
        )

    async def _with_fresh_groups(self, group: str) -> None:
        """The agent may have read a newer haresources."""
        if group not in self._daemon.monitor.groups:
            await self._daemon.reload()

    async def _activate(self, group: str) -> Message:
        """Answer when the group's rows are in the kernel, with at least one server that serves."""
        await self._with_fresh_groups(group)
        daemon = self._daemon
        daemon.monitor.activate(group, time.monotonic())
        daemon.wake()
        await self._settle(group)
        report = self._look_or_raise(group)
        if not report.is_loaded:
            raise ControlError(f"group {group} was deactivated in the meantime.")
        return {"digest": report.digest.hex(), "healthy": report.healthy}

    async def _settle(self, group: str) -> None:
        daemon = self._daemon
        limit_s = min(daemon.monitor.settle_timeout_s(group), SETTLE_LIMIT_S)
        deadline = time.monotonic() + limit_s
        while not daemon.monitor.is_settled(group, daemon.table):
            daemon.news.clear()
            try:
                await asyncio.wait_for(daemon.news.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                return

    async def _deactivate(self, group: str) -> Message:
        await self._with_fresh_groups(group)
        self._daemon.monitor.deactivate(group)
        self._look_or_raise(group)
        return {}

    def _look_or_raise(self, group: str) -> GroupReport:
        daemon = self._daemon
        daemon.look()
        report = daemon.monitor.report(group, daemon.table, daemon.errors)
        if report.error:
            raise ControlError(report.error)
        return report
