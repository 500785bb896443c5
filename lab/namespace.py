# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's network namespace: a keeper process holds it, others enter by its pid.

As root the keeper has a network namespace alone; for an ordinary user also a user namespace in
which that user is root. Both are entered the same way.
"""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lab.errors import LabError
from lab.process import Process, identify, reap, spawn, wait_until

Result = TypeVar("Result")

TUN = Path("/dev/net/tun")
# What the collection installs on the client lands in the lab, not on the machine around it; an
# overlay's upper layer must not be an overlay itself, hence the tmpfs.
_KEEPER = """
mount -t tmpfs lab /mnt && mkdir /mnt/upper /mnt/work &&
    mount -t overlay -o lowerdir=/usr/local,upperdir=/mnt/upper,workdir=/mnt/work lab /usr/local ||
    echo 'lab: no overlay on /usr/local: what is installed on the client is really there' >&2
umount /mnt
exec sleep infinity
"""
_ENTER = """#!/bin/sh
# Written by 'lab up': runs a command in the lab's network namespace.
# The keeper's start time tells it from a later process that has its pid (proc(5), field 22).
is_up() {{
    read -r stat 2>/dev/null < /proc/{pid}/stat || return 1
    set -- ${{stat##*) }}
    [ "${{20}}" = {start} ]
}}
if ! is_up; then
    echo "lab: the lab {name} is not up; start it with 'lab up'" >&2
    exit 69
fi
exec nsenter {options} --mount --wdns="$PWD" -- "$@"
"""


def check_tun() -> None:
    """:class:`LabError` where taps cannot be made at all."""
    try:
        os.close(os.open(TUN, os.O_RDWR))
    except OSError as error:
        raise LabError(
            f"{TUN} cannot be opened ({error.strerror}); the lab's network needs it: run as root, "
            "or have root set its mode to 0666"
        ) from error


def start_keeper(log: Path, record: Callable[[Process], None]) -> Process:
    """Start the process that holds the namespace; returns once the namespace is there."""
    own = os.readlink("/proc/self/ns/net")
    options = ["--net", "--mount"] if os.geteuid() == 0 else ["--map-root-user", "--net", "--mount"]
    keeper = spawn(["unshare", *options, "--", "sh", "-c", _KEEPER], log, record)

    def is_ready() -> bool:
        reap(keeper)
        return not keeper.is_alive() or (
            _link(keeper) not in {own, ""} and _command(keeper) == "sleep"
        )

    if not wait_until(is_ready, within_s=10.0) or not keeper.is_alive():
        raise LabError(
            f"no network namespace could be made (see {log}); run as root, or allow user "
            "namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)"
        )
    return keeper


def _link(keeper: Process) -> str:
    try:
        return os.readlink(f"/proc/{keeper.pid}/ns/net")
    except OSError:
        return ""


def _command(keeper: Process) -> str:
    try:
        return Path(f"/proc/{keeper.pid}/comm").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def nsenter_options(keeper: Process) -> list[str]:
    """The options with which nsenter(1) joins the keeper."""
    options = ["--target", str(keeper.pid), "--net"]
    if _has_user_namespace(keeper):
        options += ["--user", "--preserve-credentials"]
    return options


def _has_user_namespace(keeper: Process) -> bool:
    return os.readlink(f"/proc/{keeper.pid}/ns/user") != os.readlink("/proc/self/ns/user")


def write_enter_script(path: Path, keeper: Process, name: str) -> None:
    """Write the script that runs a command inside, cheap enough for an ssh ProxyCommand."""
    text = _ENTER.format(
        pid=keeper.pid,
        start=keeper.start,
        name=name,
        options=shlex.join(nsenter_options(keeper)),
    )
    write_script(path, text)


def write_script(path: Path, text: str) -> None:
    """Write an executable file whole, or leave the old one."""
    partial = path.with_suffix(".tmp")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(0o755)
    partial.replace(path)


def run_inside(keeper: Process, work: Callable[[], Result]) -> Result:
    """Run ``work`` in a child that has entered the namespace; its result must be JSON."""
    if identify(keeper.pid) != keeper:
        raise LabError("the lab's namespace is gone; run 'lab up'")
    reader, writer = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run_and_exit(keeper, work, writer, parent)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        answer = answers.read()
    _pid, status = os.waitpid(child, 0)
    if not answer:
        raise LabError(f"a child in the lab's namespace ended with status {status}; try again")
    outcome: dict[str, Any] = json.loads(answer)
    if "error" in outcome:
        raise LabError(outcome["error"])
    result: Result = outcome["result"]
    return result


def _run_and_exit(keeper: Process, work: Callable[[], Result], writer: int, parent: int) -> None:
    """Only in the child: never returns, whatever happens."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _end_with(parent)
        enter(keeper)
        outcome: dict[str, Any] = {"result": work()}
        status = 0
    except LabError as error:
        outcome = {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must be told
        outcome = {"error": f"inside the lab's namespace: {type(error).__name__}: {error}"}
    try:
        with os.fdopen(writer, "wb") as handle:
            handle.write(json.dumps(outcome).encode())
        sys.stdout.flush()
    finally:
        os._exit(status)


def _end_with(parent: int) -> None:
    """Have the kernel end this child when its parent ends, also by SIGKILL (prctl(2))."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def enter(keeper: Process) -> None:
    """Move this (single-threaded) process into the keeper's namespaces, by setns(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    kinds = ["user", "net"] if _has_user_namespace(keeper) else ["net"]
    for kind in kinds:
        descriptor = os.open(f"/proc/{keeper.pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.setns(descriptor, 0) != 0:
                code = ctypes.get_errno()
                raise LabError(f"cannot enter the lab's {kind} namespace: {os.strerror(code)}")
        finally:
            os.close(descriptor)
