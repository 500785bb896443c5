# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands run beside the loop: each in a process group of its own, and killed as one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Mapping, Sequence

LOG = logging.getLogger(__name__)

COMMAND_TIMEOUT_S = 60.0
KILL_TIMEOUT_S = 5.0
_KEPT = ("PATH", "HOME", "LANG", "TZ")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Process = asyncio.subprocess.Process


def plain_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What an operator's command gets to see: not systemd's sockets, nor the agent's PYTHONPATH."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {"PATH": _PATH, **kept, **(extra or {})}


async def start(
    argv: Sequence[str], environment: Mapping[str, str] | None = None, is_quiet: bool = False
) -> Process:
    """Start it without a shell, its output discarded; ``is_quiet``: what it complains of too.

    ``environment`` None is the agent's own. Raises OSError.
    """
    nothing = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=nothing,
        stdout=nothing,
        stderr=nothing if is_quiet else None,
        env=environment,
        start_new_session=True,
    )


def kill_group(process: Process) -> None:
    """Kill the command with all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def run_command(
    argv: Sequence[str],
    timeout_s: float = COMMAND_TIMEOUT_S,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run it to its end; "" when it exits with 0, else one sentence."""
    try:
        process = await start(argv, environment)
    except OSError as error:
        return cannot_run(argv, error)
    try:
        code = await asyncio.wait_for(process.wait(), timeout_s)
    except asyncio.TimeoutError:
        await _end(process)
        return too_late(argv, timeout_s)
    except asyncio.CancelledError:
        await _end(process)
        raise
    return ended(argv, code)


def cannot_run(argv: Sequence[str], error: OSError) -> str:
    """The sentence for a command that did not start."""
    return f"{argv[0]} cannot be run: {error.strerror}."


def too_late(argv: Sequence[str], timeout_s: float) -> str:
    """The sentence for a command that had to be killed."""
    return f"`{' '.join(argv)}` did not end within {timeout_s:g} s and was killed."


def ended(argv: Sequence[str], code: int) -> str:
    """The sentence for an exit code, "" for 0; of a signal the negative number."""
    if code < 0:
        return f"`{' '.join(argv)}` was ended by signal {-code}."
    return f"`{' '.join(argv)}` ended with exit code {code}." if code else ""


async def _end(process: Process) -> None:
    kill_group(process)
    try:
        await asyncio.wait_for(process.wait(), KILL_TIMEOUT_S)
    except asyncio.TimeoutError:
        LOG.warning("process %d cannot be killed", process.pid)
