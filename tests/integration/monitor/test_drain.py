# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draining by the monitor's real loop and control socket, over a table in memory.

test_drain_kernel.py does the same with a kernel's own connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy.servers import set_server
from ansible_collections.laico.lvs.plugins.module_utils._lvs import ctl
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import TableOp
from tests.integration.monitor import servers
from tests.integration.monitor.daemons import (
    KEY,
    VIP,
    MemoryKernel,
    Running,
    go,
    running,
    webs,
    write_config,
    write_groups,
)

PATIENT = "checktimeout=3\n"  # what is tested here is not health, on however busy a machine
FALLBACK = "fallback=127.0.0.2:9 masq\n"


def words(folder: Path) -> dict[str, dict[str, object]]:
    """What the file says of each server."""
    found: dict[str, dict[str, object]] = json.loads((folder / "lib" / "servers.json").read_text())[
        "servers"
    ]
    return found


@contextlib.asynccontextmanager
async def two_servers(
    folder: Path, kernel: MemoryKernel | None = None, settings: str = ""
) -> AsyncIterator[tuple[Running, servers.Server, servers.Server]]:
    async with webs(2) as (one, two):
        write_config(folder, [one.port, two.port], settings=PATIENT + settings)
        async with running(folder, kernel) as daemon:
            await daemon.until(lambda: daemon.ports() == {one.port, two.port})
            yield daemon, one, two


def server(one: servers.Server) -> str:
    return f"127.0.0.1:{one.port}"


def test_weight_0_until_the_last_connection_closes_then_out(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            daemon.kernel.active[one.port] = 1
            drain = asyncio.ensure_future(daemon.ask("drain", server=server(one), timeout_s=60))
            await daemon.until(lambda: daemon.weights() == {one.port: 0, two.port: 1})
            await asyncio.sleep(0.7)
            assert not drain.done()
            assert daemon.weights() == {one.port: 0, two.port: 1}
            (state,) = (s for s in (await daemon.ask("servers"))["servers"] if s["is_draining"])
            assert (state["connections"], 58 < state["ends_in_s"] < 60) == (1, True)
            daemon.kernel.active[one.port] = 0
            answer = await drain
            assert daemon.weights() == {two.port: 1}
            assert (answer["is_changed"], answer["connections_left"]) == (True, 0)
            again = await daemon.ask("drain", server=server(one), timeout_s=60)
            assert (again["is_changed"], again["connections_left"]) == (False, 0)

    go(story)


def test_at_the_end_of_its_time_it_is_out_whatever_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            daemon.kernel.active[one.port] = 3
            began = time.monotonic()
            fields = {"server": server(one), "max_connections": 2, "timeout_s": 0.8}
            answer = await daemon.ask("drain", **fields)
            assert 0.8 <= time.monotonic() - began < 1.5
            assert daemon.weights() == {two.port: 1}
            assert answer["connections_left"] == 3
            assert words(tmp_path)[server(one)]["connections"] == 3

    go(story)


def test_few_enough_connections_are_not_waited_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            daemon.kernel.active[one.port] = 2
            fields = {"server": server(one), "max_connections": 2, "timeout_s": 60}
            answer = await daemon.ask("drain", **fields)
            assert (daemon.weights(), answer["connections_left"]) == ({two.port: 1}, 2)

    go(story)


def test_a_restart_in_the_middle_goes_on_with_the_time_that_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        kernel = MemoryKernel()
        async with webs(2) as (one, two):
            write_config(tmp_path, [one.port, two.port], settings=PATIENT)
            async with running(tmp_path, kernel) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port, two.port})
                kernel.active[one.port] = 1
                began = time.monotonic()
                drain = daemon.ask("drain", server=server(one), timeout_s=2)
                waiting = asyncio.ensure_future(drain)
                await daemon.until(lambda: daemon.weights()[one.port] == 0)
            with pytest.raises(ControlError):
                await waiting
            assert daemon.weights() == {one.port: 0, two.port: 1}
            async with running(tmp_path, kernel) as daemon:
                await asyncio.sleep(0.5)
                assert daemon.weights() == {one.port: 0, two.port: 1}
                await daemon.until(lambda: daemon.weights() == {two.port: 1})
                assert 2.0 <= time.monotonic() - began < 3.0
            async with running(tmp_path, kernel) as daemon:
                await asyncio.sleep(0.5)
                assert daemon.weights() == {two.port: 1}, "out for good"

    go(story)


def test_a_reload_in_the_middle_changes_nothing_of_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            daemon.kernel.active[one.port] = 1
            drain = asyncio.ensure_future(daemon.ask("drain", server="127.0.0.1", timeout_s=60))
            await daemon.until(lambda: daemon.weights() == {one.port: 0, two.port: 0})
            more = f"virtual={VIP}:81\n    checktype=on\n    real=127.0.0.1:{two.port} masq\n"
            write_config(tmp_path, [one.port, two.port], settings=PATIENT, more=more)
            await daemon.ask("reload")
            assert daemon.weights()[one.port] == 0
            assert not drain.done()
            added = next(key for key in daemon.kernel.table if key.port == 81)
            assert daemon.weights(added) == {}, "the word is of the host: it holds for new services"
            daemon.kernel.active.clear()
            await drain
            assert daemon.ports() == set()

    go(story)


def test_a_takeover_never_gives_a_drained_server_a_client(tmp_path: Path) -> None:
    async def story() -> None:
        kernel = MemoryKernel()
        async with webs(2) as (one, two):
            write_groups(tmp_path, "cold")
            write_config(tmp_path, [one.port, two.port], settings=PATIENT)
            async with running(tmp_path, kernel) as daemon:
                answer = await daemon.ask("drain", server=server(one), timeout_s=60)
                assert answer["other_directors"] == ["a", "b"]
            async with running(tmp_path, kernel) as daemon:
                seen: list[dict[int, int]] = []
                applied = kernel.apply

                def watched(op: TableOp) -> None:
                    applied(op)
                    seen.append(daemon.weights())

                kernel.apply = watched  # type: ignore[method-assign]
                answer = await daemon.ask("activate", group=VIP)
                await daemon.until(lambda: daemon.ports() == {two.port})
                await asyncio.sleep(0.5)
                assert all(one.port not in weights for weights in seen)
                assert len(seen) >= 2

    go(story)


def test_the_agent_hears_nothing_of_it(tmp_path: Path) -> None:
    async def story() -> None:
        write_groups(tmp_path, "warm")
        async with two_servers(tmp_path) as (daemon, one, _two):
            await daemon.ask("subscribe")
            first = await daemon.client.next_push()
            assert (first["healthy"], first["servers"]) == (2, 2)
            await daemon.ask("drain", server=server(one), timeout_s=60)
            await daemon.ask("disable", server=server(one))
            await daemon.ask("enable", server=server(one))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(daemon.client.next_push(), 0.5)

    go(story)


def test_enabled_is_back_after_a_fresh_check_and_not_before(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path, settings="checkinterval=30\n") as (daemon, one, two):
            await daemon.ask("disable", server=server(one))
            assert daemon.weights() == {two.port: 1}
            asked = len(one.requests)
            one.is_good = False
            answer = await daemon.ask("enable", server=server(one))
            assert len(one.requests) == asked + 1
            assert daemon.weights() == {two.port: 1}
            (state,) = answer["servers"]
            assert (state["state"], state["is_up"], state["is_in_table"]) == (
                "enabled",
                False,
                False,
            )
            one.is_good = True
            await daemon.ask("disable", server=server(one))
            await daemon.ask("enable", server=server(one))
            await daemon.until(lambda: daemon.weights() == {one.port: 1, two.port: 1}, 0.5)
            assert words(tmp_path) == {}
            asked = len(one.requests)
            again = await daemon.ask("enable", server=server(one))
            assert (again["is_changed"], len(one.requests)) == (False, asked), "no need to wait"

    go(story)


def test_all_drained_the_fallback_serves(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path, settings=FALLBACK) as (daemon, one, two):
            answer = await daemon.ask("drain", server="127.0.0.1", timeout_s=60)
            assert daemon.weights() == {9: 1}
            assert "its fallback 127.0.0.2:9 serves" in str(answer["warnings"])
            await daemon.ask("enable", server=server(two))
            await daemon.until(lambda: daemon.weights() == {two.port: 1})
            assert set(words(tmp_path)) == {"127.0.0.1", server(two)}
            await daemon.ask("enable", server="127.0.0.1")
            await daemon.until(lambda: daemon.weights() == {one.port: 1, two.port: 1})

    go(story)


def test_a_drain_that_another_operator_ends_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            daemon.kernel.active[one.port] = 1
            drain = asyncio.ensure_future(daemon.ask("drain", server=server(one), timeout_s=60))
            await daemon.until(lambda: daemon.weights()[one.port] == 0)
            answer = await daemon.ask("enable", server=server(one))
            assert answer["before"] == {server(one): "drained"}
            with pytest.raises(ControlError, match=r"was enabled in the meantime"):
                await drain
            await daemon.until(lambda: daemon.weights() == {one.port: 1, two.port: 1})

    go(story)


def test_a_broken_file_stops_nothing_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "servers.json").write_text('{"boot_id": "x", "servers": {"192.0')

    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            told = (await daemon.ask("servers"))["error"]
            assert "servers.json cannot be read" in str(told)
            assert str(told) in caplog.text
            await daemon.ask("disable", server=server(one))
            assert (await daemon.ask("servers"))["error"] == ""
            assert daemon.weights() == {two.port: 1}

    go(story)


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            (tmp_path / "lib" / "servers.json.new").mkdir(parents=True)
            with pytest.raises(ControlError, match="cannot be written"):
                await daemon.ask("disable", server=server(one))
            assert daemon.weights() == {one.port: 1, two.port: 1}

    go(story)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"server": "192.0.2.9"},
            r"no real server `192\.0\.2\.9`; it has 127\.0\.0\.1:[0-9]+, 127",
        ),
        ({"server": "127.0.0.1:9"}, r"no real server `127\.0\.0\.1:9`; it has"),
        ({"server": "no.such.invalid"}, r"no real server `no\.such\.invalid`; it has"),
        ({"server": ""}, r"no real server ``; it has"),
        ({"server": "127.0.0.1:nosuch"}, r"`nosuch` is no port"),
        ({"server": "127.0.0.1", "max_connections": -1}, "max_connections must be a number from 0"),
        ({"server": "127.0.0.1", "timeout_s": "x"}, "timeout_s must be a number from 0 to 604800"),
    ],
)
def test_what_is_refused(tmp_path: Path, fields: dict[str, object], sentence: str) -> None:
    async def story() -> None:
        write_config(tmp_path, [1, 2])
        async with running(tmp_path) as daemon:
            with pytest.raises(ControlError, match=sentence):
                await daemon.ask("drain", **fields)
            assert not (tmp_path / "lib").exists()

    go(story)


def test_a_name_means_the_servers_with_its_addresses(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            await daemon.ask("disable", server=f"localhost:{one.port}")
            assert daemon.weights() == {two.port: 1}
            await daemon.ask("disable", server="localhost")
            assert daemon.weights() == {}

    go(story)


def test_the_module_is_idempotent_and_predicts(tmp_path: Path) -> None:
    async def story() -> None:
        async with two_servers(tmp_path) as (daemon, one, two):
            path = str(tmp_path / "ldirectord.sock")
            warned: list[str] = []

            async def run(state: str, is_check: bool = False) -> dict[str, object]:
                loop = asyncio.get_running_loop()
                outcome = await loop.run_in_executor(
                    None, set_server, server(one), state, (0, 60), is_check, warned.append, path
                )
                return {"changed": outcome.is_changed, "diff": outcome.diff, **outcome.values}

            planned = await run("drained", is_check=True)
            assert daemon.ports() == {one.port, two.port}
            assert not (tmp_path / "lib").exists()
            done = await run("drained")
            assert daemon.ports() == {two.port}
            assert done["changed"] is planned["changed"] is True
            assert done["diff"] == planned["diff"]
            assert done["operations"] == planned["operations"] == [f"drain {server(one)}"]
            again = await run("drained")
            assert (again["changed"], again["diff"], again["operations"]) == (False, [], [])
            assert (await run("enabled"))["changed"]
            await daemon.until(lambda: daemon.ports() == {one.port, two.port})
            assert not (await run("enabled"))["changed"]
            assert warned == []
            two.is_good = False
            await daemon.until(lambda: daemon.ports() == {one.port})
            assert (await run("disabled", is_check=True))["changed"]
            assert [sentence for sentence in warned if "no working server left" in sentence]

    go(story)


def test_lvsctl_says_it_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        write_groups(tmp_path, "warm")
        with (tmp_path / "lvs.cf").open("a") as file:
            file.write("node a\n")
        async with two_servers(tmp_path) as (daemon, one, two):

            async def run(*words: str) -> tuple[int, str, str]:
                loop = asyncio.get_running_loop()
                argv = ["--runtime-dir", str(tmp_path), *words]
                code = await loop.run_in_executor(None, ctl.main, argv)
                said = capsys.readouterr()
                return code, said.out, said.err

            name = server(one)
            code, out, err = await run("drain", name, "--timeout", "60")
            assert (code, err) == (0, "")
            assert out == (
                f"{name} is drained: it is out, and no connection was left.\n"
                "Each director has its own word: say it on b too.\n"
            )
            assert daemon.ports() == {two.port}
            code, out, err = await run("enable", name)
            assert (code, out.split("\n")[0]) == (0, f"{name} is enabled: it serves.")
            code, out, err = await run("disable", "127.0.0.1")
            assert (code, out.split("\n")[0]) == (0, "127.0.0.1 is disabled: it is out.")
            assert f"warning: tcp:{VIP}:80 has no working server left and no fallback" in out
            code, out, err = await run("disable", "192.0.2.9")
            assert (code, out) == (1, "")
            assert err.startswith("the health monitor has no real server `192.0.2.9`; it has 127")

    go(story)
    assert KEY.port == 80
    assert os.path.exists(tmp_path / "lib" / "servers.json")
