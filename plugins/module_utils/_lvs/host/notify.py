# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd is told of a daemon (sd_notify(3)): readiness, status, and that its loop turns."""

from __future__ import annotations

import contextlib
import os
import socket


class Notifier:
    """Sends to ``$NOTIFY_SOCKET``; does nothing where there is none (not started by systemd)."""

    def __init__(self) -> None:
        """Read the environment that systemd set."""
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._last_status = ""
        self.watchdog_s = _watchdog_s()

    def ready(self, status: str = "") -> None:
        """The daemon does its work."""
        self._send("READY=1", *([f"STATUS={status}"] if status else []))

    def status(self, text: str) -> None:
        """One line for ``systemctl status``; sent when it differs from the last."""
        if text != self._last_status:
            self._last_status = text
            self._send(f"STATUS={text}")

    def watchdog(self) -> None:
        """The loop turns."""
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """A reload begins; ``ready`` ends it."""
        self._send("RELOADING=1")

    def stopping(self) -> None:
        """The daemon ends."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        # A failure: systemd is being re-executed, or no descriptor is left; the next one will do.
        with contextlib.suppress(OSError), _sender() as sender:
            sender.sendto("\n".join(lines).encode(), address)


def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    sender.setblocking(False)
    return sender


def _watchdog_s() -> float:
    """How often to say that the loop turns: half of what systemd allows; 0: never."""
    allowed = os.environ.get("WATCHDOG_USEC", "0")
    pid = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not allowed.isdigit() or pid != str(os.getpid()):
        return 0.0
    return int(allowed) / 2e6
