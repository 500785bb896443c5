# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a real server: gives each connection a numbered line every tenth of a second.

A line that does not follow the last one, or a reset, is a transfer that was broken.
"""

from __future__ import annotations

import asyncio
import contextlib

PORT = 8081
PERIOD_S = 0.1


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    number = 0
    with contextlib.suppress(OSError):
        while not reader.at_eof():
            writer.write(b"%d\n" % number)
            await writer.drain()
            number += 1
            await asyncio.sleep(PERIOD_S)
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "0.0.0.0", PORT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
