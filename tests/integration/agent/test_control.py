# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control socket over real unix sockets."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    ControlError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import control
from tests.integration.agent.directors import PACKAGE

pytestmark = pytest.mark.tier_check


async def handle(request: dict[str, Any], session: control.Session) -> dict[str, Any]:
    verb = request.get("verb")
    if verb == "echo":
        return {"said": request["text"]}
    if verb == "push":
        for number in range(request["count"]):
            session.push({"event": "tick", "number": number, "text": "x" * request.get("size", 0)})
        return {}
    if verb == "never":
        await asyncio.Event().wait()
    if verb == "fault":
        raise RuntimeError("boom")
    raise ConfigError(f"no verb {verb}.")


def with_server(path: Path, body: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        server = control.ControlServer(str(path), handle)
        await server.start()
        try:
            await asyncio.wait_for(body(), 20)
        finally:
            await server.close()

    asyncio.run(run())


async def connected(path: Path) -> control.ControlClient:
    client = control.ControlClient()
    await client.connect(str(path))
    return client


def test_requests_and_pushes(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"

    async def body() -> None:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
        client = await connected(path)
        assert (await client.request("echo", 2, text="é"))["said"] == "é"
        await client.request("push", 2, count=2)
        assert (await client.next_push())["number"] == 0
        assert (await client.next_push())["number"] == 1
        client.close()

    with_server(path, body)
    assert not path.exists()


def test_an_error_is_a_sentence_and_the_server_lives_on(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"

    async def body() -> None:
        client = await connected(path)
        with pytest.raises(ControlError, match=r"no verb dance\."):
            await client.request("dance", 2)
        with pytest.raises(ControlError, match="internal error"):
            await client.request("fault", 2)
        with pytest.raises(ControlError, match=r"no answer to never in 0\.05 s"):
            await client.request("never", 0.05)
        assert (await client.request("echo", 2, text="on"))["said"] == "on"
        client.close()

    with_server(path, body)


def test_rubbish_and_long_lines_only_cost_their_sender(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"

    async def body() -> None:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"not json\n[1]\n")
        assert b"not JSON" in await reader.readline()
        assert b"not a JSON object" in await reader.readline()
        writer.write(b"x" * (control.LINE_LIMIT + 10) + b"\n")
        assert await reader.read() == b""
        writer.close()
        client = await connected(path)
        assert (await client.request("echo", 2, text="on"))["said"] == "on"
        client.close()

    with_server(path, body)


def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"

    async def body() -> None:
        deaf, writer = await asyncio.open_unix_connection(str(path), limit=1024)
        for number in range(8):
            writer.write(control.encode({"id": number, "verb": "push", "count": 100, "size": 9999}))
        client = await connected(path)
        for dummy in range(20):
            assert (await client.request("echo", 2, text="on"))["said"] == "on"
        await asyncio.sleep(0)
        read = 0
        while chunk := await deaf.read(1 << 20):
            read += len(chunk)
        assert read < 8 * 100 * 9999
        writer.close()
        client.close()

    with_server(path, body)


def test_requests_fail_when_the_server_ends(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"

    async def run() -> None:
        server = control.ControlServer(str(path), handle)
        await server.start()
        client = await connected(path)
        waiting = asyncio.ensure_future(client.request("never", 10))
        await client.request("echo", 2, text="on")
        await server.close()
        with pytest.raises(ControlError, match="systemctl status lvs-heartbeat"):
            await waiting
        with pytest.raises(ControlError, match="connection ended"):
            await client.next_push()
        client.close()

    asyncio.run(run())


def test_a_stale_socket_is_replaced_and_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))

    async def body() -> None:
        with pytest.raises(ControlError, match=r"another daemon .pid \d+. already has"):
            await control.ControlServer(str(path), handle).start()
        client = await connected(path)
        assert (await client.request("echo", 2, text="on"))["said"] == "on"
        client.close()

    with_server(path, body)


def test_a_living_socket_without_a_lock_is_not_replaced_though_it_answers_nobody(
    tmp_path: Path,
) -> None:
    """As of an older package: its backlog is full, and it accepts nothing."""
    path = tmp_path / "heartbeat.sock"
    with socket.socket(socket.AF_UNIX) as deaf, socket.socket(socket.AF_UNIX) as client:
        deaf.bind(str(path))
        deaf.listen(0)
        client.connect(str(path))
        with pytest.raises(ControlError, match="another daemon already has"):
            asyncio.run(control.ControlServer(str(path), handle).start())
        assert path.exists()


STOPPED = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from laico_lvs.host.control import ControlServer
async def main():
    await ControlServer(sys.argv[2], None).start()
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def test_a_stopped_daemon_keeps_its_socket_until_it_is_dead(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"
    (tmp_path / "laico_lvs").symlink_to(PACKAGE)
    words = [sys.executable, "-c", STOPPED, str(tmp_path), str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == b"ready\n"
        daemon.send_signal(signal.SIGSTOP)
        inode = path.stat().st_ino
        with pytest.raises(ControlError, match=f"another daemon .pid {daemon.pid}. already has"):
            asyncio.run(control.ControlServer(str(path), handle).start())
        assert path.stat().st_ino == inode
        daemon.kill()
        daemon.wait(5)

        async def body() -> None:
            client = await connected(path)
            assert (await client.request("echo", 2, text="new"))["said"] == "new"
            client.close()

        with_server(path, body)


def test_ask_blocks_for_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.sock"
    with pytest.raises(ControlError, match="No such file"):
        control.ask(str(path), "echo", text="?")

    async def body() -> None:
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(None, lambda: control.ask(str(path), "echo", text="a"))
        assert reply["said"] == "a"
        with pytest.raises(ControlError, match="no verb dance"):
            await loop.run_in_executor(None, lambda: control.ask(str(path), "dance"))

    with_server(path, body)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter: pytest's own are the user's alone, and so stay."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("mode", "group"), [(0o666, 65534), (0o660, 0)], ids=["anybody", "member of the group"]
)
def test_another_user_is_refused(open_folder: Path, mode: int, group: int) -> None:
    """A member of the socket's group may connect, and is told that this is all."""
    if os.geteuid() != 0:
        pytest.fail("needs root to try the socket as another user: run the tests as root.")
    path = open_folder / "heartbeat.sock"

    async def body() -> None:
        path.chmod(mode)
        child = await asyncio.create_subprocess_exec(
            "python3",
            "-c",
            "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            "sys.stdout.write(s.makefile().readline())",
            str(path),
            user=65534,
            group=group,
            extra_groups=[],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _errors = await child.communicate()
        assert b"user 65534 may not use" in output

    with_server(path, body)
