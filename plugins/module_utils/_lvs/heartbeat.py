# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs-heartbeat: shares virtual addresses between directors. ``python3 -m laico_lvs.heartbeat``"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence

from .agent import Agent
from .agent_verbs import Verbs
from .configuration import read_config
from .core.errors import ConfigError, LvsError, NotYetError
from .host.control import ControlServer
from .host.journal import log_handler
from .places import Places

LOG = logging.getLogger("laico_lvs.heartbeat")

EXIT_NOT_NOW = 1
EXIT_CONFIG = 2  # lvs-heartbeat.service does not restart for this one
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}


class _JournalFormatter(logging.Formatter):
    """Lines as the journal likes them: their priority in front (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        """Prefix every line of the message."""
        mark = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the agent until it is told to stop; gives the exit code."""
    arguments = _parse(argv)
    _log_to_stdout(arguments.debug)
    places = Places(arguments.config_dir, arguments.runtime_dir, arguments.state_dir)
    try:
        asyncio.run(_serve(places, arguments.node))
    except LvsError as error:
        for sentence in str(error).splitlines():
            LOG.error("%s", sentence)
        is_final = isinstance(error, ConfigError) and not isinstance(error, NotYetError)
        return EXIT_CONFIG if is_final else EXIT_NOT_NOW
    return 0


async def _serve(places: Places, node: str) -> None:
    config = read_config(places, node)
    for warning in config.warnings:
        LOG.warning("%s", warning)
    os.makedirs(places.runtime, mode=0o755, exist_ok=True)
    os.makedirs(places.state, mode=0o755, exist_ok=True)
    agent = Agent(config, places)
    server = ControlServer(places.control_socket, Verbs(agent).handle)
    await server.start()
    _handle_signals(agent)
    LOG.info("node %s of cluster %s begins", config.node, config.cluster)
    try:
        await agent.run()
    finally:
        await server.close()
    LOG.info("node %s has ended", config.node)


def _handle_signals(agent: Agent) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, agent.stop)
    reloads: set[asyncio.Task[None]] = set()

    def reload_soon() -> None:
        task = asyncio.ensure_future(_reload(agent))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload_soon)


async def _reload(agent: Agent) -> None:
    agent.notifier.reloading()
    try:
        await agent.reload()
    except LvsError as error:
        for sentence in str(error).splitlines():
            LOG.error("not reloaded: %s", sentence)
    finally:
        agent.notifier.ready()


def _log_to_stdout(is_debug: bool) -> None:
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    handler = log_handler()
    handler.setFormatter(_JournalFormatter("%(message)s"))
    logging.basicConfig(level=logging.DEBUG if is_debug else logging.INFO, handlers=[handler])


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="laico_lvs.heartbeat", description=__doc__)
    places = Places()
    parser.add_argument("--config-dir", default=places.config, help="default: %(default)s")
    parser.add_argument("--runtime-dir", default=places.runtime, help="default: %(default)s")
    parser.add_argument("--state-dir", default=places.state, help="default: %(default)s")
    parser.add_argument("--node", default=os.uname().nodename, help="default: uname -n")
    parser.add_argument("--debug", action="store_true", help="log more")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
