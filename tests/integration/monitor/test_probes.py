# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks against real servers: good ones, and every kind of bad one."""

from __future__ import annotations

import asyncio
import resource
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.health import Probe, Result
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.services import Check
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.probes import run_probe
from tests.integration.monitor import servers
from tests.integration.monitor.servers import page, say
from tests.integration.witness.lan import Lan, make_lan, wait_until

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TIMEOUT_S = 0.4


def check(port: int, kind: str = "http", **settings: Any) -> Check:
    usual: dict[str, Any] = {"timeout_s": TIMEOUT_S, "receive": "LAICO"}
    return Check("127.0.0.1", port, kind, **{**usual, **settings})


def ask(behaviour: servers.Behaviour, tls: ssl.SSLContext | None = None, **settings: Any) -> Result:
    async def run() -> Result:
        async with servers.serving(behaviour, tls) as server:
            one = check(server.port, "https" if tls else "http", **settings)
            return await run_probe(Probe(one, one.kind))

    return asyncio.run(run())


@pytest.mark.parametrize(
    "behaviour",
    [
        say(page(b"it is LAICO here")),
        say(HEAD + b"\r\nLAICO"),
        say(b"HTTP/1.0 200 OK\n\nLAICO"),
        say(CHUNKED + b"3;x=y\r\nLAI\r\n2\r\nCO\r\n0\r\n\r\n"),
        say(b"HTTP/1.1 103 Early Hints\r\n\r\n", page(b"LAICO")),
        say(HEAD, 0.1, b"Content-Length: 5\r\n\r\nLA", 0.1, b"ICO"),
        say(page(b"LAICO", b"206 Partial")),
        servers.flood,
        say(HEAD + b"Content-Length: 9999999\r\n\r\nLAICO" + b"x" * 70000, 5.0),
        say(CHUNKED + b"fffffff\r\nLAICO" + b"x" * 70000, 5.0),
    ],
)
def test_good_answers(behaviour: servers.Behaviour) -> None:
    result = ask(behaviour)
    assert (result.is_ok, result.reason[:2]) == (True, "20")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (servers.hang, "no answer within 0.4 s"),
        (say(HEAD, 5.0), "no answer within 0.4 s"),
        (say(HEAD + b"\r\nLAICO", 5.0), "no answer within 0.4 s"),
        (say(0.5, page(b"LAICO")), "no answer within 0.4 s"),
        (servers.reset, "connection reset by peer"),
        (say(), "closed the connection before its answer was whole"),
        (say(HEAD + b"Content-Length: 9\r\n\r\nLAICO"), "closed the connection before"),
        (say(CHUNKED + b"9\r\nLAICO"), "closed the connection before its answer was whole"),
        (say(CHUNKED + b"no\r\n"), "its answer is not HTTP"),
        (say(CHUNKED + b"-1\r\n"), "its answer is not HTTP"),
        (say(b"SSH-2.0-OpenSSH\r\n"), "its answer is not HTTP"),
        (say(b"x" * 200000), "its answer is not HTTP"),
        (say(HEAD + b"Content-Length: no\r\n\r\n"), "its answer is not HTTP"),
        (servers.flood_head, "its answer is not HTTP"),
        (say(page(b"something else")), "its answer does not match `LAICO`"),
        (say(page(b"LAICO", b"404 Not Found")), "answered 404 Not Found"),
        (say(page(b"LAICO", b"500 Oh\x1b[2J")), "answered 500 Oh"),
        (say(page(b"", b"301 Moved", b"Location: /x")), "answered 301 Moved"),
    ],
)
def test_bad_answers(behaviour: servers.Behaviour, reason: str) -> None:
    result = ask(behaviour)
    assert result.is_ok is False
    assert result.reason.startswith(reason)
    assert "\x1b" not in result.reason
    assert result.took_s < TIMEOUT_S + 0.3


def test_a_closed_port_is_refused_at_once() -> None:
    one = check(servers.closed_port())
    for kind in ("connect", "http"):
        result = asyncio.run(run_probe(Probe(one, kind)))
        assert (result.is_ok, result.reason) == (False, "connection refused")


def test_a_mere_connect_sends_nothing() -> None:
    async def run() -> tuple[Result, bytes]:
        seen: asyncio.Queue[bytes] = asyncio.Queue()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.put_nowait(await reader.read())

        async with servers.serving(listen) as server:
            one = check(server.port, "connect")
            return await run_probe(Probe(one, "connect")), await seen.get()

    result, sent = asyncio.run(run())
    assert (result.is_ok, result.reason, sent) == (True, "connected", b"")


@pytest.mark.parametrize(
    ("settings", "first", "host"),
    [
        ({}, b"GET / HTTP/1.1", b"Host: 127.0.0.1:%d"),
        ({"request": "/a?b", "host": "w.example"}, b"GET /a?b HTTP/1.1", b"Host: w.example"),
        ({"method": "HEAD", "receive": ""}, b"HEAD / HTTP/1.1", b"Host: 127.0.0.1:%d"),
    ],
)  # fmt: skip
def test_what_is_asked(settings: dict[str, Any], first: bytes, host: bytes) -> None:
    async def run() -> tuple[Result, servers.Server]:
        known = servers.Server()
        async with servers.serving(servers.web(known)) as server:
            known.port = server.port
            one = check(server.port, **settings)
            return await run_probe(Probe(one, one.kind)), known

    result, server = asyncio.run(run())
    assert result.is_ok
    lines = server.requests[0].split(b"\r\n")
    assert lines[0] == first
    assert lines[1] == (host % server.port if b"%d" in host else host)
    assert b"Connection: close" in lines


def test_https_with_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    tls = servers.self_signed(tmp_path)
    assert ask(say(page(b"LAICO")), tls, host="www.example.com:443").is_ok
    assert ask(say(page(b"LAICO")), tls).is_ok
    assert ask(say(page(b"no")), tls).is_ok is False


def test_https_to_a_server_without_tls() -> None:
    async def run() -> Result:
        async with servers.serving(say(page(b"LAICO"))) as server:
            return await run_probe(Probe(check(server.port, "https"), "https"))

    result = asyncio.run(run())
    assert result.is_ok is False


def test_a_want_of_this_host_is_no_verdict_about_the_server() -> None:
    async def run() -> Result:
        async with servers.serving(say(page(b"LAICO"))) as server:
            held = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, held[1]))
            try:
                return await run_probe(Probe(check(server.port), "http"))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, held)

    result = asyncio.run(run())
    assert (result.is_ok, result.reason) == (None, "too many open files")


def test_probes_leave_no_socket_open() -> None:
    async def run() -> tuple[int, int]:
        # The hung server keeps its ends open: they are counted off.
        async with servers.serving(servers.hang) as hung, servers.serving(say(page(b"x"))) as fine:
            before = len(list(Path("/proc/self/fd").iterdir()))
            checks = [check(server.port, timeout_s=0.1) for server in (hung, fine) * 10]
            await asyncio.gather(*(run_probe(Probe(one, one.kind)) for one in checks))
            await asyncio.sleep(0.1)
            held = len(list(Path("/proc/self/fd").iterdir())) - len(hung.asked_at)
            return before, held

    before, after = asyncio.run(run())
    assert after <= before + 1


# ---- the source address ------------------------------------------------------------------------

PROBE_PROGRAM = """
import asyncio, sys
from laico_lvs.core.health import Probe
from laico_lvs.core.services import Check
from laico_lvs.host.probes import run_probe
check = Check(sys.argv[1], 8000, timeout_s=2.0)
result = asyncio.run(run_probe(Probe(check, "connect"), sys.argv[2:]))
print(result.is_ok, result.reason)
"""
SERVER_PROGRAM = """
import socket, sys
server = socket.create_server(("::", 8000), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    print(server.accept()[1][0].replace("::ffff:", ""), flush=True)
"""


@pytest.mark.parametrize(
    ("addresses", "target", "kernels_own_choice"),
    [
        (["192.0.2.1/24", "192.0.2.146/24"], "192.0.2.2", "192.0.2.1"),
        (["192.0.2.1/24", "192.0.2.146/32"], "192.0.2.2", "192.0.2.1"),
        (["192.0.2.146/24", "192.0.2.1/24"], "192.0.2.2", "192.0.2.146"),
        (["2001:db8::1/64", "2001:db8::146/64"], "2001:db8::2", "2001:db8::146"),
        (["2001:db8::1/64", "2001:db8::146/128"], "2001:db8::2", "2001:db8::146"),
    ],
)
def test_no_check_comes_from_a_virtual_address(
    tmp_path: Path, addresses: list[str], target: str, kernels_own_choice: str
) -> None:
    vips = ["192.0.2.146", "2001:db8::146"]
    own = "2001:db8::1" if ":" in target else "192.0.2.1"
    with make_lan(tmp_path) as lan:
        lan.change("client", "address", "flush", "dev", "eth0", "scope", "global")
        nodad = ["nodad"] if ":" in target else []
        for address in addresses:
            lan.change("client", "address", "add", address, "dev", "eth0", *nodad)
        if nodad:
            lan.change("one", "address", "add", "2001:db8::2/64", "dev", "eth0", *nodad)
        with (
            (tmp_path / "seen").open("w") as seen,
            lan.program("one", [sys.executable, "-c", SERVER_PROGRAM], stdout=seen),
        ):
            wait_until(lambda: "LISTEN" in _sockets(lan), "the server listens")
            for virtual in ([], vips):
                words = [sys.executable, "-c", PROBE_PROGRAM, target, *virtual]
                with lan.program("client", words) as probe:
                    assert probe.wait(10) == 0
            wait_until(lambda: len(_seen(tmp_path)) == 2, "both checks arrive")
        assert _seen(tmp_path) == [kernels_own_choice, own]


def _seen(folder: Path) -> list[str]:
    return (folder / "seen").read_text().split()


def _sockets(lan: Lan) -> str:
    words = [*lan.inside("one"), "ss", "-Hltn", "sport", "=", ":8000"]
    return subprocess.run(
        words, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    ).stdout
