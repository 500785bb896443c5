# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections in transfer: holds some, sends on each a byte for every line it gets.

They begin spread over a period of the server's lines, as connections of many clients would, lest
fifty lines come at once.

The bytes to the server are what a director forwards; with direct routing the answers pass it by.
Writes ``{"t", "what": "connected" | "broken", "number", "why"}``, and at the end one line
``{"t", "what": "ended", "whole", "broken", "lines"}``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from dataclasses import dataclass, field
from typing import TextIO

SILENT_S = 5.0
PERIOD_S = 0.1  # of the server


@dataclass
class Streams:
    """What became of the connections."""

    output: TextIO
    broken: dict[int, str] = field(default_factory=dict)
    lines: int = 0
    is_over: bool = False
    connected: int = 0

    async def hold(self, number: int, host: str, port: int, after_s: float) -> None:
        """One connection, until the end or until it breaks."""
        await asyncio.sleep(after_s)
        try:
            why = await self._transfer(*await asyncio.open_connection(host, port))
        except TimeoutError:
            why = f"nothing came for {SILENT_S:g} s"
        except (OSError, ValueError) as error:
            why = str(error) or type(error).__name__
        if why and not self.is_over:
            self.broken[number] = why
            self.write(what="broken", number=number, why=why)

    async def _transfer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        self.connected += 1
        expected = 0
        while not self.is_over:
            line = await asyncio.wait_for(reader.readline(), SILENT_S)
            if not line:
                return "closed by the server"
            if int(line) != expected:
                return f"line {int(line)} came in the place of {expected}"
            expected += 1
            self.lines += 1
            writer.write(b".")
            await writer.drain()
        writer.close()
        return ""

    def write(self, **fields: object) -> None:
        self.output.write(json.dumps({"t": round(time.time(), 6), **fields}) + "\n")
        self.output.flush()

    def end(self) -> None:
        self.is_over = True


async def hold_all(streams: Streams, count: int, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, streams.end)
    tasks = [
        asyncio.ensure_future(streams.hold(n, host, port, n * PERIOD_S / count))
        for n in range(count)
    ]
    while streams.connected < count and not streams.broken:
        await asyncio.sleep(0.05)
    streams.write(what="connected", number=streams.connected)
    await asyncio.gather(*tasks)
    whole = count - len(streams.broken)
    streams.write(what="ended", whole=whole, broken=len(streams.broken), lines=streams.lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    with open(options.output, "a", encoding="utf-8") as output:
        asyncio.run(hold_all(Streams(output), options.count, options.host, options.port))


if __name__ == "__main__":
    main()
