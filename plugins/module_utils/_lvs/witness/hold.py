# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection held open: what a director shows as active.

Connects, sends the beginning of a request, and keeps the connection until SIGTERM or its time is
over. Writes one JSON line ``{"t": wall seconds, "what": connected | closed | reset | refused |
timeout | ended, "local": own address}`` when something happens.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from ..core.errors import LvsError
from .answers import Target, make_request, parse_target
from .lifetime import Lifetime

PERIOD_S = 0.05


def hold(target: Target, output: TextIO, lifetime: Lifetime, timeout_s: float) -> int:
    """Hold one connection to ``target``; 0 if it stood until the end, else 1."""
    try:
        handle = socket.create_connection((target.host, target.port), timeout_s)
    except OSError as error:
        what = "refused" if isinstance(error, ConnectionRefusedError) else "timeout"
        _write(output, what, "")
        return 1
    with handle:
        local = str(handle.getsockname()[0])
        handle.sendall(make_request(target)[:-2])
        handle.settimeout(PERIOD_S)
        _write(output, "connected", local)
        what = _wait(handle, lifetime)
        _write(output, what, local)
    return 0 if what == "ended" else 1


def _wait(handle: socket.socket, lifetime: Lifetime) -> str:
    while not lifetime.is_over():
        try:
            if not handle.recv(65536):
                return "closed"
        except socket.timeout:
            continue
        except OSError:
            return "reset"
    return "ended"


def _write(output: TextIO, what: str, local: str) -> None:
    line = {"t": round(time.time(), 6), "what": what, "local": local}
    output.write(json.dumps(line) + "\n")
    output.flush()


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="hold", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--target", required=True, metavar="URL")
    parser.add_argument("--timeout-ms", type=float, default=1000.0, help="for the connection")
    parser.add_argument("--output", type=Path, help="file of JSON lines (default: standard output)")
    parser.add_argument("--lease", type=Path, help="end when this file is gone or stale")
    parser.add_argument("--lease-s", type=float, default=600.0)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 2 when its command line is wrong."""
    options = make_parser().parse_args(arguments)
    lifetime = Lifetime(options.lease, options.lease_s)
    lifetime.catch_signals()
    try:
        target = parse_target(options.target)
    except LvsError as error:
        sys.stderr.write(f"hold: {error}\n")
        return 2
    if options.output is None:
        return hold(target, sys.stdout, lifetime, options.timeout_ms / 1000)
    with open(options.output, "a", encoding="utf-8") as output:
        return hold(target, output, lifetime, options.timeout_ms / 1000)


if __name__ == "__main__":
    raise SystemExit(main())
