# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health monitor: checks real servers and keeps IPVS's table equal to the healthy ones.

``python3 -m laico_lvs.ldirectord`` runs it, ``--check FILE`` only reads a configuration. The rules
are in ``core.monitor``; here are the loop, the signals and the verbs of its control socket.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence

from .config.ldirectord_load import load_config, load_monitor
from .core.draining import look_pause_s
from .core.errors import LvsError
from .core.health import Probe, Result
from .core.model import ServiceKey, Table
from .core.monitor import Monitor
from .core.words import op_words
from .host.collector import spare_what_stays
from .host.control import ControlServer
from .host.drain_file import WordsFile
from .host.ipvs import Ipvs
from .host.journal import log_handler
from .host.names import SystemNames
from .host.notify import Notifier
from .host.probes import run_probe
from .host.table import Kept, TableKeeper
from .ldirectord_drain import DrainVerbs
from .ldirectord_verbs import Publisher, Verbs

LOG = logging.getLogger(__name__)

DEFAULT_CONFIG = "/etc/ha.d/ldirectord.cf"
DEFAULT_RUNTIME = "/run/lvs"
DEFAULT_STATE = "/var/lib/lvs"
LOOK_PAUSE_S = 0.2  # verdicts wait at most this long for others to share a look at the table


class Daemon:
    """One process, one loop: carries out what ``Monitor`` decides."""

    def __init__(self, path: str, runtime: str, keeper: TableKeeper, words: WordsFile) -> None:
        """Read the configuration and what operators said; raises ConfigError."""
        self._path = path
        config, groups = load_monitor(path, SystemNames())
        self._keeper = keeper
        self.monitor = Monitor(config, groups, time.monotonic())
        self._notifier = Notifier()
        self._publisher = Publisher()
        self._drains = DrainVerbs(self, words, SystemNames())
        self._drains.load()
        verbs = Verbs(self, self._publisher, self._drains)
        self._server = ControlServer(os.path.join(runtime, "ldirectord.sock"), verbs.handle)
        self._probes: set[asyncio.Task[None]] = set()
        self.errors: dict[ServiceKey, str] = {}
        self.table: Table = {}
        self._modified_ns = _modified_ns(path)
        self._refused_ns = 0
        self._look_timer: asyncio.TimerHandle | None = None
        self._drain_timer: asyncio.TimerHandle | None = None
        self._look_took_s = 0.0
        self._tell_warnings()

    def _tell_warnings(self) -> None:
        for warning in self.monitor.config.warnings:
            LOG.warning("%s", warning)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises LvsError when it cannot begin."""
        self._wake_up = asyncio.Event()
        self.news = asyncio.Event()
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        await self._server.start()
        self.look()
        spare_what_stays()
        self._notifier.ready(self._summary())
        tasks = [
            asyncio.ensure_future(each)
            for each in (self._check_for_ever(), self._look_for_ever(), self._say_alive())
        ]
        try:
            await self._until_stopped(tasks)
        finally:
            self._notifier.stopping()
            await self._end(tasks)

    async def _until_stopped(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        stop = asyncio.ensure_future(self._stop.wait())
        done, _pending = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        for task in done - {stop}:
            task.result()  # a loop of ours never ends by itself: let its error out

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in (*tasks, *self._probes):
            task.cancel()
        # Bounded: before Python 3.12 a wait_for may swallow a cancellation.
        await asyncio.wait([*tasks, *self._probes], timeout=1.0)
        await self._server.close()
        self._forget_look()  # a late look would bring rows back
        keys = self.monitor.keys_to_remove_at_stop()
        try:
            if keys:
                self._tell(self._keeper.remove(keys, self._path))
        finally:
            self._keeper.close()

    # ---- checks --------------------------------------------------------------------------------

    async def _check_for_ever(self) -> None:
        while True:
            for probe in self.monitor.start_due(time.monotonic()):
                task = asyncio.ensure_future(self._check(probe))
                self._probes.add(task)
                task.add_done_callback(self._probes.discard)
            self._wake_up.clear()
            timer = self.monitor.get_timer()
            pause_s = None if timer is None else max(0.0, timer - time.monotonic())
            try:
                await asyncio.wait_for(self._wake_up.wait(), pause_s)
            except asyncio.TimeoutError:
                continue

    async def _check(self, probe: Probe) -> None:
        try:
            result = await run_probe(probe, self.monitor.virtual_addresses())
        except Exception as error:  # a fault of ours says nothing about the server
            LOG.exception("internal error in a check of %s", probe.check.address)
            result = Result(None, f"internal error: {error!r}")
        self._take(probe, result)
        self.wake()

    def wake(self) -> None:
        """Look at once which checks are due."""
        self._wake_up.set()

    def _take(self, probe: Probe, result: Result) -> None:
        if result.is_ok is None:
            LOG.warning("Could not check %s: %s", probe.check.address, result.reason)
        outcome = self.monitor.record(probe, result, time.monotonic())
        if outcome is None:
            return
        for line in self.monitor.describe(outcome):
            LOG.info("%s", line)
        self.news.set()
        if outcome.is_news:
            self._look_soon()

    # ---- the table -----------------------------------------------------------------------------

    async def _look_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.monitor.config.check_interval_s)
            if self.monitor.config.is_autoreload:
                await self._reload_if_changed()
            is_due = self._look_timer is not None or bool(self.errors)
            is_due = is_due or self.monitor.words.is_draining
            if self.look() and not is_due:
                LOG.warning("Somebody else had changed rows of this monitor; they are mended.")

    def _look_soon(self) -> None:
        """Look once for all verdicts that come close together: reading a big table takes time."""
        if self._look_timer is None:
            loop = asyncio.get_running_loop()
            self._look_timer = loop.call_later(min(self._look_took_s, LOOK_PAUSE_S), self.look)

    def look(self) -> bool:
        """Make the kernel's table right; True when something had to be written."""
        self._forget_look()
        started = time.monotonic()
        try:
            return self._look()
        finally:
            self._look_took_s = time.monotonic() - started
            self._look_again_for_drains()

    def _look_again_for_drains(self) -> None:
        pause_s = look_pause_s(self.monitor.words, self._look_took_s)
        if pause_s is not None:
            loop = asyncio.get_running_loop()
            self._drain_timer = loop.call_later(pause_s, self.look)

    def _forget_look(self) -> None:
        for timer in (self._look_timer, self._drain_timer):
            if timer is not None:
                timer.cancel()
        self._look_timer = self._drain_timer = None

    def _look(self) -> bool:
        monitor, words = self.monitor, self.monitor.words
        try:
            kept = self._keeper.keep(self._wanted, monitor.keys(), self._path)
        except LvsError as error:
            self._take_errors(dict.fromkeys(monitor.keys(), str(error)))
            self._push()
            return False
        self.table = kept.table
        self._take_errors(kept.errors)
        self._tell(kept)
        self._push()
        if self._drains.tell_ended(words):
            self.news.set()
        return bool(kept.done)

    def _wanted(self, current: Table) -> Table:
        self.monitor.see(current, time.monotonic())
        return self.monitor.wanted_table(current)

    def _take_errors(self, errors: dict[ServiceKey, str]) -> None:
        for sentence in sorted(set(errors.values()) - set(self.errors.values())):
            LOG.error("%s", sentence)
        self.errors = errors

    def _tell(self, kept: Kept) -> None:
        fallbacks = self.monitor.fallbacks()
        for op in kept.done:
            LOG.info("%s", op_words(op, kept.before, fallbacks))

    def _push(self) -> None:
        reports = self.monitor.reports(self.table, self.errors)
        self._publisher.publish(reports)
        self._notifier.status(self._summary())

    def _summary(self) -> str:
        healthy = self.monitor.healthy_count()
        return (
            f"{len(self.monitor.keys())} services, {len(self.monitor.health)} checks,"
            f" {healthy} healthy servers{self._drains.summary()}"
        )

    # ---- reload and life -----------------------------------------------------------------------

    def _reload_soon(self) -> None:
        task = asyncio.ensure_future(self._reload_and_log())
        self._probes.add(task)
        task.add_done_callback(self._probes.discard)

    async def _reload_and_log(self) -> None:
        try:
            await self.reload()
        except LvsError as error:
            LOG.error("The configuration stays as it was: %s", error)

    async def _reload_if_changed(self) -> None:
        if _modified_ns(self._path) not in (self._modified_ns, self._refused_ns):
            LOG.info("%s has changed.", self._path)
            await self._reload_and_log()

    async def reload(self) -> None:
        """Take a new configuration, or keep the old one and raise ConfigError."""
        async with self._reloading:
            self._notifier.reloading()
            self._refused_ns = _modified_ns(self._path)
            try:
                loop = asyncio.get_running_loop()
                config, groups = await loop.run_in_executor(
                    None, load_monitor, self._path, SystemNames()
                )
                self._modified_ns = self._refused_ns
                self.monitor.reconfigure(config, groups, time.monotonic())
                self._tell_warnings()
                spare_what_stays()
                LOG.info("Reloaded %s.", self._path)
                self.look()
                self.wake()
            finally:
                self._notifier.ready()

    async def _say_alive(self) -> None:
        while True:
            await asyncio.sleep(self._notifier.watchdog_s or 3600.0)
            self._notifier.watchdog()


def _modified_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _check_file(path: str) -> int:
    config = load_config(path, SystemNames())
    for warning in config.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    return 0


def _serve(path: str, runtime: str, state: str) -> int:
    os.makedirs(runtime, mode=0o755, exist_ok=True)
    keeper = TableKeeper(Ipvs(), os.path.join(runtime, "owned.json"))
    words = WordsFile(os.path.join(state, "servers.json"))
    asyncio.run(Daemon(path, runtime, keeper, words).run())
    return 0


def _set_up_log() -> None:
    # systemd takes the level from "<N>" (sd-daemon(3)); the journal adds the time.
    logging.addLevelName(logging.ERROR, "<3>")
    logging.addLevelName(logging.WARNING, "<4>")
    logging.addLevelName(logging.INFO, "<6>")
    form = "%(levelname)s%(message)s" if "JOURNAL_STREAM" in os.environ else "%(message)s"
    logging.basicConfig(handlers=[log_handler()], format=form, level=logging.INFO)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; exit code 0, or 1 with one sentence a line on stderr."""
    parser = argparse.ArgumentParser(prog="laico_lvs.ldirectord", description=__doc__)
    parser.add_argument("--check", metavar="FILE", help="read FILE, say what is wrong, end")
    parser.add_argument("--config", default=DEFAULT_CONFIG, metavar="FILE")
    parser.add_argument("--runtime", default=DEFAULT_RUNTIME, metavar="DIRECTORY")
    parser.add_argument("--state", default=DEFAULT_STATE, metavar="DIRECTORY")
    options = parser.parse_args(arguments)
    _set_up_log()
    try:
        if options.check:
            return _check_file(options.check)
        return _serve(options.config, options.runtime, options.state)
    except LvsError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
