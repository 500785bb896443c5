# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run on a guest: a connection held open through a service while the service is changed.

Three namespaces: a client, a director that masquerades, a real server that echoes. Standard input
holds JSON: {"version": 4 or 6, "rules": [...], "steps": [...], "replaces": bool}, rules and steps
as of in_guest_pairs.py.
"replaces" has each change made by deleting and adding instead, which is what must not be. After
each write data goes to and fro; for each step one JSON line says what came of it.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from in_guest_pairs import TASKS, ipvsadm  # type: ignore[import-not-found]
from laico_lvs.core.model import TableOp  # type: ignore[import-not-found]

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
WAITS_S = 1.0
SUMMED_UP_S = 2.5
PORT = 8080
WORD = b"to and fro"


class Lan(NamedTuple):
    """Addresses of a family, and what its words are for ip and ipvsadm."""

    vip: str
    client: str
    near: str
    far: str
    real: str
    prefix: int


LANS = {
    4: Lan("192.0.2.146", "192.0.2.9", "192.0.2.1", "198.51.100.1", "198.51.100.2", 24),
    6: Lan("2001:db8::146", "2001:db8::9", "2001:db8::1", "2001:db8:1::1", "2001:db8:1::2", 64),
}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)


@contextmanager
def namespace(name: str) -> Iterator[str]:
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        with inside(name):
            # An address that is still tentative asks for no neighbour.
            setting("ipv6/conf/default/accept_dad", "0")
        yield name
    finally:
        ip("netns", "delete", name)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread's sockets and programs live there."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        LIBC.setns(before, CLONE_NEWNET)
        os.close(there)
        os.close(before)


def link(one: str, other: str, addresses: dict[str, str], prefix: int) -> None:
    """A cable between two namespaces; ``addresses`` by namespace."""
    ip(
        "link",
        "add",
        f"to-{other}",
        "netns",
        one,
        "type",
        "veth",
        "peer",
        "name",
        f"to-{one}",
        "netns",
        other,
    )
    for here, there in ((one, other), (other, one)):
        add(here, f"to-{there}", addresses[here], prefix)
        ip("-n", here, "link", "set", f"to-{there}", "up")


def add(where: str, interface: str, address: str, prefix: int) -> None:
    nodad = ["nodad"] if ":" in address else []
    ip("-n", where, "address", "add", f"{address}/{prefix}", "dev", interface, *nodad)


def setting(name: str, value: str) -> None:
    with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
        file.write(value)


@contextmanager
def network(lan: Lan) -> Iterator[None]:
    with ExitStack() as stack:
        for name in ("client", "director", "real"):
            stack.enter_context(namespace(name))
        link("client", "director", {"client": lan.client, "director": lan.near}, lan.prefix)
        link("director", "real", {"director": lan.far, "real": lan.real}, lan.prefix)
        version = "-6" if ":" in lan.vip else "-4"
        ip(version, "-n", "real", "route", "add", "default", "via", lan.far)
        # Not on lo: for IPv6 only the interface that is asked answers.
        add("director", "to-client", lan.vip, 128 if ":" in lan.vip else 32)
        with inside("director"):
            setting("ipv4/ip_forward", "1")
            setting("ipv6/conf/all/forwarding", "1")
            # As on our directors: a server that is gone for one packet has lost its connections.
            setting("ipv4/vs/expire_nodest_conn", "1")
            yield


def listener(lan: Lan) -> socket.socket:
    with inside("real"):
        return socket.create_server((lan.real, PORT), family=family(lan))


def family(lan: Lan) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in lan.vip else socket.AF_INET


def echo(server: socket.socket) -> None:
    """Until the listening socket is closed."""
    while True:
        try:
            connection = server.accept()[0]
        except OSError:
            return
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def answer(connection: socket.socket) -> None:
    with connection:
        try:
            while data := connection.recv(4096):
                connection.sendall(data)
        except OSError:
            return


class Held:
    """The connection, and whether data still goes to and fro on it."""

    def __init__(self, lan: Lan) -> None:
        with inside("client"):
            self.socket = socket.socket(family(lan), socket.SOCK_STREAM)
        self.socket.settimeout(WAITS_S)
        self.socket.connect((lan.vip, 80))
        self.port = self.socket.getsockname()[1]
        self.outstanding = 0

    def is_alive(self) -> bool:
        """Does all that was ever sent come back in time?"""
        try:
            self.socket.sendall(WORD)
            self.outstanding += len(WORD)
            while self.outstanding:
                data = self.socket.recv(4096)
                if not data:
                    return False
                self.outstanding -= len(data)
        except OSError:
            return False
        return True

    def entries(self) -> list[str]:
        """The kernel's entries of this connection, without the time that runs."""
        lines = [line.split() for line in ipvsadm("-Lcn")[2:]]
        return [
            " ".join([words[0], *words[2:]])
            for words in lines
            if words[3].rsplit(":", 1)[1] == str(self.port)
        ]


def turned(plan: Any, world: Any) -> Iterator[TableOp]:
    """The plan with a deletion and an addition for whatever it sets in place."""
    for op in plan:
        if op.kind == "set_dest":
            yield from (replace(op, kind=kind) for kind in ("del_dest", "add_dest"))
        elif op.kind == "set_service":
            yield from (replace(op, kind=kind) for kind in ("del_service", "add_service"))
            for dest in world[op.service.key].destinations.values():
                yield TableOp("add_dest", op.service, dest)
        else:
            yield op


def change(held: Held, step: dict[str, Any], replaces: bool) -> dict[str, Any]:
    task = TASKS[step["task"]](step["params"], False)
    alive = [held.is_alive()]
    try:
        world = task.read()
        plan = task.plan(world)
        task.guard(world, plan)
        for op in turned(plan, world) if replaces else plan:
            task.apply(op)
            alive.append(held.is_alive())
        return {"operations": task.describe(plan), "alive": alive, "entries": held.entries()}
    finally:
        task.close()


def counted() -> list[str]:
    """Connections that each server was ever given; the kernel sums them up every two seconds."""
    time.sleep(SUMMED_UP_S)
    lines = [line.split() for line in ipvsadm("-Ln", "--stats", "--exact")]
    return [" ".join(words[1:3]) for words in lines if words[:1] == ["->"] and len(words) > 2]


def run(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lan = LANS[job["version"]]
    with network(lan), listener(lan) as server:
        threading.Thread(target=echo, args=(server,), daemon=True).start()
        ipvsadm("-R", lines=job["rules"])
        held = Held(lan)
        yield {"operations": [], "alive": [held.is_alive()], "entries": held.entries()}
        for step in job["steps"]:
            yield change(held, step, job["replaces"])
        yield {"counted": counted()}
        held.socket.close()


def main() -> None:
    for result in run(json.load(sys.stdin)):
        sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
