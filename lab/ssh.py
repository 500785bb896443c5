# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How guests are reached: ssh through the namespace, one shared connection for each host."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lab.topology import Host

PORT = 22


def make_socket_directory() -> str:
    """A private folder with a short path: a socket's name has at most 107 bytes (unix(7))."""
    return tempfile.mkdtemp(prefix="lab-ssh-")


def ssh_options(directory: Path, sockets: str, key: Path) -> list[str]:
    """Options that bring ssh, scp and sftp from outside the namespace to any guest."""
    proxy = f"{shlex.quote(str(directory / 'enter'))} nc %h %p"
    return [
        "-F", "/dev/null",
        "-o", f"IdentityFile={key}",
        "-o", "IdentitiesOnly=yes",
        "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null",
        "-o", "LogLevel=ERROR",
        "-o", f"ProxyCommand={proxy}",
        "-o", "ControlMaster=auto",
        "-o", "ControlPersist=60s",
        "-o", f"ControlPath={sockets}/%h",
        "-o", "ConnectTimeout=15",
        "-o", "ServerAliveInterval=5",
        "-o", "ServerAliveCountMax=3",
    ]  # fmt: skip


def ssh_argv(host: Host, options: Sequence[str], command: Sequence[str]) -> list[str]:
    """The ssh call that runs ``command`` (or a shell) as root on a host.

    Several words are one command, kept apart as they are; a single word is a script for the shell.
    """
    words = list(command) if len(command) < 2 else [shlex.join(command)]
    return ["ssh", *options, f"root@{host.address}", *words]


def run_ssh(host: Host, options: Sequence[str], command: Sequence[str]) -> tuple[int, str]:
    """Run a command on a host: its status and its output and errors together."""
    done = subprocess.run(
        ssh_argv(host, options, command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def close_connection(host: Host, sockets: str, options: Sequence[str]) -> None:
    """End the shared connection to a host, with its processes."""
    path = os.path.join(sockets, host.address)
    if os.path.exists(path):
        subprocess.run(
            ["ssh", *options, "-O", "exit", host.address],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip


def remove_socket_directory(sockets: str) -> None:
    """Remove the folder made by :func:`make_socket_directory`."""
    if os.path.basename(sockets).startswith("lab-ssh-"):
        shutil.rmtree(sockets, ignore_errors=True)


def has_banner(address: str, timeout_s: float = 1.0) -> bool:
    """Whether an sshd answers there (inside the namespace only)."""
    try:
        with socket.create_connection((address, PORT), timeout=timeout_s) as connection:
            connection.settimeout(timeout_s)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
