# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs drain, enable, disable and servers of the health monitor's control socket.

A word is written down before the table is changed, so that it outlives whatever happens next. The
verbs answer when it is so: a drain when the server is out, an enable after a fresh check.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import time
from collections.abc import Iterable
from typing import Callable

from .config.ldirectord_load import own_node
from .config.ldirectord_values import Names, endpoint, family_of, port
from .core.draining import DISABLED, DRAINED, ENABLED, Word, Words, find_servers, server_words
from .core.enabling import check_limit_s, check_now, is_checked
from .core.errors import ConfigError, ControlError, LvsError
from .core.model import DestKey
from .core.monitor_status import describe_servers, states_of, warn_of
from .core.rows import destinations
from .host.drain_file import WordsFile, parse_server
from .host.sysctls import is_template_kept
from .ldirectord_keeping import Keeping, Message

LOG = logging.getLogger(__name__)

STATE_OF_VERB = {"drain": DRAINED, "enable": ENABLED, "disable": DISABLED}
DRAIN_S = 300.0
LONGEST_DRAIN_S = 7 * 86400
MOST_CONNECTIONS = 2**31 - 1
ENABLE_S = 30.0
LATE_S = 4.0  # a table that the kernel does not take is waited for so long


class DrainVerbs:
    """Says operators' words to the monitor and waits for what comes of them."""

    def __init__(self, daemon: Keeping, file: WordsFile, names: Names) -> None:
        """Speak for ``daemon``; words are kept in ``file``."""
        self._daemon = daemon
        self._file = file
        self._names = names
        self._error = ""

    def load(self) -> None:
        """Take the words of an earlier life. A file that cannot be used stops nothing."""
        try:
            self._daemon.monitor.words = Words(self._file.read())
        except LvsError as error:
            self._error = str(error)
            LOG.error("%s", error)

    def tell_ended(self, before: Words) -> bool:
        """Has any drain ended since ``before``? Logs it and writes it down."""
        draining = {word.server for word in before if word.is_draining}
        ended = [w for w in self._daemon.monitor.words if w.server in draining and w.is_out]
        for word in ended:
            LOG.info("%s", _end_line(word))
        if ended:
            self._save()
        return bool(ended)

    def _save(self) -> None:
        # Not for its own sake: a next life would see by itself that no row is there.
        try:
            self._file.write(self._daemon.monitor.words.kept())
        except LvsError as error:
            LOG.warning("%s", error)

    def summary(self) -> str:
        """For the daemon's status line."""
        count = sum(word.state != ENABLED for word in self._daemon.monitor.words)
        return f", {count} kept out by an operator" if count else ""

    def servers(self) -> Message:
        """The answer to ``servers``."""
        daemon = self._daemon
        found = describe_servers(daemon.monitor, daemon.table, time.monotonic())
        return {"servers": found, "error": self._error}

    async def say(self, request: Message) -> Message:
        """The answer to drain, enable and disable; with ``is_check`` what they would do."""
        servers = await self._find(str(request.get("server") or ""))
        monitor = self._daemon.monitor
        said = [_word(server, request, time.monotonic()) for server in servers]
        enable_s = _number(request, "timeout_s", ENABLE_S, LONGEST_DRAIN_S)
        before, words = monitor.words, monitor.words.said(said)
        answer: Message = {
            "is_changed": words is not before,
            "before": states_of(monitor, before, servers),
            "after": states_of(monitor, words, servers),
            "warnings": warn_of(monitor, words, said, is_template_kept()),
            "other_directors": self._other_directors(said),
        }
        if request.get("is_check"):
            return {**answer, **self._result(said, before)}
        if words is not before:
            self._take(words, said)
        for word in said:
            await self._wait(word, enable_s)
        return {**answer, **self._result(said, monitor.words)}

    def _take(self, words: Words, said: Iterable[Word]) -> None:
        """Write down first, then do."""
        daemon = self._daemon
        self._file.write(words.kept())
        daemon.monitor.words, self._error = words, ""
        for word in said:
            LOG.info("%s", _log_line(word))
            if word.state == ENABLED:
                check_now(daemon.monitor, word, word.since)
        daemon.look()
        daemon.wake()

    async def _find(self, text: str) -> list[DestKey]:
        """The servers that an operator means: an address or a name, with or without a port."""
        try:
            written = endpoint(text)
            number = port("server", written.port, "tcp", self._names) if written.port else 0
        except ConfigError as error:
            raise ControlError(f"{error}.") from error
        loop = asyncio.get_running_loop()
        addresses = await loop.run_in_executor(None, self._addresses, written.host)
        monitor = self._daemon.monitor
        known = {*monitor.servers(), *(word.server for word in monitor.words)}
        found = find_servers(known, addresses, number)
        if not found:
            names = ", ".join(map(server_words, sorted(monitor.servers()))) or "none"
            raise ControlError(f"the health monitor has no real server `{text}`; it has {names}.")
        return found

    def _addresses(self, host: str) -> list[str]:
        if family_of(host) is not None:
            return [str(ipaddress.ip_address(host))]
        return [*self._names.addresses(host, 4), *self._names.addresses(host, 6)]

    def _other_directors(self, said: list[Word]) -> list[str]:
        """Who has a word of its own on these servers and is not told by this one."""
        monitor = self._daemon.monitor
        names = {
            monitor.group_of(virtual.service.key)
            for key, uses in monitor.servers().items()
            for virtual, dummy in uses
            if any(word.covers(key) for word in said)
        }
        nodes = {
            node for name in names & set(monitor.groups) for node in monitor.groups[name].order
        }
        return sorted(nodes - {own_node(monitor.config.source, os.uname().nodename)})

    # ---- waiting -------------------------------------------------------------------------------

    async def _wait(self, word: Word, timeout_s: float) -> None:
        """Until it is so. Raises ControlError when it is not."""
        if word.state == ENABLED:
            held = self._daemon.monitor.words.of(word.server)
            await self._wait_for_checks(held, timeout_s)
            return
        if word.state == DRAINED:
            limit_s = self._drain_of(word).ends_at - time.monotonic() + LATE_S
            await self._until(lambda: not self._drain_of(word).is_draining, limit_s)
        self._require_out(word)

    async def _wait_for_checks(self, held: Word | None, timeout_s: float) -> None:
        """Those since the word that is in force; without one it was never kept out."""
        if held is not None:
            monitor = self._daemon.monitor
            limit_s = min(timeout_s, check_limit_s(monitor, held))
            await self._until(lambda: is_checked(monitor, held), limit_s)

    def _drain_of(self, word: Word) -> Word:
        held = self._daemon.monitor.words.of(word.server)
        if held is None or held.state != DRAINED:
            state = held.state if held else ENABLED
            raise ControlError(f"{server_words(word.server)} was {state} in the meantime.")
        return held

    def _require_out(self, word: Word) -> None:
        daemon = self._daemon
        for key, uses in daemon.monitor.servers().items():
            for virtual, dummy in uses if word.covers(key) else ():
                if key in destinations(daemon.table, virtual):
                    error = daemon.errors.get(virtual.service.key) or "the kernel still has it."
                    raise ControlError(f"{server_words(key)} is not out: {error}")

    async def _until(self, is_so: Callable[[], bool], limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        news = self._daemon.news
        while not is_so():
            news.clear()
            try:
                await asyncio.wait_for(news.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                return

    def _result(self, said: list[Word], words: Words) -> Message:
        """How the servers stand now. ``connections_left``: at the end of a drain that is over,
        else those there are."""
        daemon = self._daemon
        found = [
            server
            for server in describe_servers(daemon.monitor, daemon.table, time.monotonic())
            if any(word.covers(parse_server(str(server["server"]))) for word in said)
        ]
        held = [words.of(word.server) for word in said]
        ended = sum(word.connections for word in held if word and word.is_out)
        left = sum(int(str(server["connections"])) for server in found)
        return {"servers": found, "connections_left": ended + left}


def _word(server: DestKey, request: Message, now: float) -> Word:
    state = STATE_OF_VERB[str(request["verb"])]
    if state != DRAINED:
        return Word(server, state, now)
    limit = _number(request, "max_connections", 0, MOST_CONNECTIONS)
    timeout_s = _number(request, "timeout_s", DRAIN_S, LONGEST_DRAIN_S)
    return Word(server, state, now, int(limit), timeout_s, now + timeout_s)


def _number(request: Message, name: str, usual: float, most: float) -> float:
    value = request.get(name)
    number = usual if value is None else value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= most:
        raise ControlError(f"{name} must be a number from 0 to {most:g}, not {value!r}.")
    return float(number)


def _log_line(word: Word) -> str:
    server = server_words(word.server)
    if word.state != DRAINED:
        return f"An operator {word.state} {server}."
    return (
        f"An operator drains {server}: weight 0 until at most {word.max_connections} connections"
        f" are left, or for {word.timeout_s:g} s."
    )


def _end_line(word: Word) -> str:
    return f"Drained {server_words(word.server)}: {word.connections} connections were left."
