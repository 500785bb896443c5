# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run in the client: ask the virtual server without end, and write down what came of each request.

A line of the file: when it was asked and when that ended (seconds, monotonic), and the answer, ""
when there was none.
"""

from __future__ import annotations

import http.client
import json
import sys
import time

PAUSE_S = 0.1
TIMEOUT_S = 3.0


def ask(host: str) -> str:
    """The page, or "" when none came in time."""
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode().strip()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def main(host: str, path: str) -> None:
    """Ask until the process is ended."""
    with open(path, "w", encoding="ascii", buffering=1) as log:
        while True:
            asked = time.monotonic()
            answer = ask(host)
            log.write(json.dumps([asked, time.monotonic(), answer]) + "\n")
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
