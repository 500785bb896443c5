# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One daemon a socket: the unix socket at a path, and the lock that says whose it is."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct

from ..core.errors import ControlError

TRIAL_TIMEOUT_S = 1.0


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end, as the kernel knows it (SO_PEERCRED, unix(7))."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", credentials)[1])


class Listener:
    """A listening socket (mode 0660) and its lock, both until ``close``."""

    def __init__(self, path: str) -> None:
        """Raises ControlError when another daemon has the path, be it stopped or stuck."""
        self._path = path
        self._lock = -1
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._lock = _take_lock(path)
            _clear_stale(path)
            _bind(self.socket, path)
        except (OSError, ControlError) as error:
            self.close()
            if isinstance(error, ControlError):
                raise
            raise ControlError(f"cannot listen on {path}: {error.strerror}.") from error

    def close(self) -> None:
        """Close both. The lock's file stays: removing it would let two in."""
        self.socket.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _bind(listener: socket.socket, path: str) -> None:
    old_mask = os.umask(0o117)
    try:
        listener.bind(path)
    finally:
        os.umask(old_mask)
    listener.setblocking(False)


def _take_lock(path: str) -> int:
    """A daemon that is stopped answers nobody and has the lock all the same."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        pid = os.read(lock, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        if error.errno != errno.EWOULDBLOCK:
            raise
        raise ControlError(
            f"another daemon (pid {pid}) already has {path}: stop it first."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _clear_stale(path: str) -> None:
    """Remove what a killed daemon left. One that listens without the lock is of an older package,
    and lives, whether it answers or not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(TRIAL_TIMEOUT_S)
        try:
            trial.connect(path)
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except (BlockingIOError, socket.timeout):  # its backlog is full
            pass
    raise ControlError(f"another daemon already has {path}: stop it first.")
