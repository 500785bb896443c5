# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The web servers behind the monitor's director: ``python web.py FOLDER ADDRESS PORT...``.

Each port does what the file FOLDER/PORT says at that moment: good, bad or hang.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep


class Page(BaseHTTPRequestHandler):
    server: ThreadingHTTPServer

    def do_GET(self) -> None:
        mood = (Path(sys.argv[1]) / str(self.server.server_port)).read_text()
        if mood == "hang":
            sleep(3600)
        body = b"LAICO" if mood == "good" else b"sorry"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def serve(port: int) -> None:
    ThreadingHTTPServer((sys.argv[2], port), Page).serve_forever()


if __name__ == "__main__":
    for each in sys.argv[3:]:
        threading.Thread(target=serve, args=(int(each),), daemon=True).start()
    threading.Event().wait()
