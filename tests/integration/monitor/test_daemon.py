# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monitor's loop with real servers and its real control socket.

The table is held in memory here, for this machine's kernel may have no IPVS: test_kernel.py runs
the same daemon on a kernel that has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import ServiceKey
from tests.integration.monitor import servers
from tests.integration.monitor.daemons import (
    FOREIGN,
    KEY,
    VIP,
    MemoryKernel,
    go,
    running,
    webs,
    write_config,
    write_groups,
)


def test_servers_come_and_go_with_their_health(tmp_path: Path) -> None:
    async def story() -> None:
        async with webs(3) as (one, two, three):
            three.is_good = False
            write_config(tmp_path, [one.port, two.port, three.port])
            async with running(tmp_path) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port, two.port})
                one.is_good = False
                await daemon.until(lambda: daemon.ports() == {two.port})
                one.is_good = three.is_good = True
                await daemon.until(lambda: daemon.ports() == {one.port, two.port, three.port})
                assert FOREIGN in daemon.kernel.table
            assert daemon.ports() == {one.port, two.port, three.port}

    go(story)


def test_hung_servers_delay_no_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with contextlib.AsyncExitStack() as stack:
            fine = await stack.enter_async_context(webs(40))
            hung = [
                await stack.enter_async_context(servers.serving(servers.hang))
                for _each in range(10)
            ]
            write_config(
                tmp_path,
                [each.port for each in (*hung, *fine)],
                settings="checkinterval=0.5\nchecktimeout=2\n",
            )
            daemon = await stack.enter_async_context(running(tmp_path))
            await asyncio.sleep(5.0)
            assert daemon.ports() == {each.port for each in fine}
            late = [
                later - earlier
                for each in fine
                for earlier, later in itertools.pairwise(each.asked_at)
            ]
            assert min(len(each.asked_at) for each in fine) >= 8
            assert max(late) < 0.5 + 0.15
            assert max(len(each.asked_at) for each in hung) <= 3

    go(story)


def test_a_hung_server_leaves_within_interval_and_timeout(tmp_path: Path) -> None:
    async def story() -> None:
        async with webs(1) as (fine,):
            is_hung = False

            async def moody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await (servers.hang if is_hung else servers.say(servers.page(b"LAICO")))(
                    reader, writer
                )

            async with servers.serving(moody) as server:
                write_config(tmp_path, [fine.port, server.port])
                async with running(tmp_path) as daemon:
                    await daemon.until(lambda: daemon.ports() == {fine.port, server.port})
                    is_hung = True
                    assert await daemon.until(lambda: daemon.ports() == {fine.port}) < 0.7

    go(story)


def test_a_row_deleted_by_hand_comes_back_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with webs(1) as (one,):
            write_config(tmp_path, [one.port])
            async with running(tmp_path) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port})
                assert "Somebody else" not in caplog.text
                del daemon.kernel.table[KEY]
                assert await daemon.until(lambda: daemon.ports() == {one.port}) < 0.5
                await asyncio.sleep(0)
                assert "Somebody else had changed rows" in caplog.text

    with caplog.at_level("INFO"):
        go(story)
    assert f"Added virtual server: tcp:{VIP}:80" in caplog.text


def test_a_cold_group_is_loaded_before_activate_is_answered(tmp_path: Path) -> None:
    async def story() -> None:
        async with webs(2) as (one, two):
            write_groups(tmp_path, "cold")
            write_config(tmp_path, [one.port, two.port], settings="checkinterval=5\n")
            async with running(tmp_path) as daemon:
                answer = await daemon.ask("activate", group=VIP, addresses=[VIP])
                assert daemon.ports()
                assert answer["healthy"] in (1, 2)
                await daemon.until(lambda: daemon.ports() == {one.port, two.port})
                await daemon.ask("deactivate", group=VIP)
                assert set(daemon.kernel.table) == {FOREIGN}
                again = await daemon.ask("activate", group=VIP, addresses=[VIP])
                assert daemon.ports() == {one.port, two.port}
                assert len(str(again["digest"])) == 16

    go(story)


def test_activate_waits_for_servers_that_have_not_answered_yet(tmp_path: Path) -> None:
    async def story() -> None:
        slow = servers.say(0.5, servers.page(b"LAICO"))
        async with servers.serving(slow) as server:
            write_groups(tmp_path, "cold")
            write_config(tmp_path, [server.port], settings="checktimeout=2\n")
            async with running(tmp_path) as daemon:
                await daemon.ask("activate", group=VIP)
                assert daemon.ports() == {server.port}

    go(story)


def test_activate_does_not_wait_for_ever(tmp_path: Path) -> None:
    async def story() -> None:
        async with servers.serving(servers.hang) as server:
            write_groups(tmp_path, "cold")
            write_config(tmp_path, [server.port], settings="failurecount=9\nchecktimeout=30\n")
            async with running(tmp_path) as daemon:
                answer = await daemon.ask("activate", group=VIP)
                assert (answer["healthy"], daemon.ports()) == (0, set())
                assert KEY in daemon.kernel.table

    go(story)


def test_a_cold_groups_rows_outlive_the_monitor_until_the_agent_speaks(tmp_path: Path) -> None:
    async def story() -> None:
        kernel = MemoryKernel()
        async with webs(2) as (one, two):
            write_groups(tmp_path, "cold")
            write_config(tmp_path, [one.port, two.port])
            async with running(tmp_path, kernel) as daemon:
                await daemon.ask("activate", group=VIP)
                await daemon.until(lambda: daemon.ports() == {one.port, two.port})
            async with running(tmp_path, kernel) as daemon:
                one.is_good = False
                await daemon.until(lambda: daemon.ports() == {two.port})
                await daemon.ask("deactivate", group=VIP)
                assert daemon.ports() == set()

    go(story)


def test_subscribers_hear_every_group_at_once_and_each_change(tmp_path: Path) -> None:
    async def story() -> None:
        async with webs(1) as (one,):
            write_groups(tmp_path, "warm")
            write_config(tmp_path, [one.port])
            async with running(tmp_path) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port})
                await daemon.ask("subscribe")
                first = await daemon.client.next_push()
                assert (first["event"], first["group"]) == ("table", VIP)
                assert (first["healthy"], first["is_loaded"], first["error"]) == (1, True, "")
                assert 0 < first["check_s"] < 10, "how long a comparison of the agents waits (U)"
                one.is_good = False
                second = await asyncio.wait_for(daemon.client.next_push(), 2.0)
                assert second["healthy"] == 0
                assert second["digest"] != first["digest"]

    go(story)


def test_a_broken_file_is_refused_and_the_old_one_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with webs(2) as (one, two):
            write_config(tmp_path, [one.port])
            async with running(tmp_path) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port})
                write_config(tmp_path, [two.port], settings="chekinterval=2\n")
                with pytest.raises(ControlError, match=r"ldirectord\.cf:4: unknown directive"):
                    await daemon.ask("reload")
                os.kill(os.getpid(), signal.SIGHUP)
                await daemon.until(lambda: "The configuration stays as it was" in caplog.text)
                assert daemon.ports() == {one.port}
                write_config(tmp_path, [two.port])
                os.kill(os.getpid(), signal.SIGHUP)
                await daemon.until(lambda: daemon.ports() == {two.port})

    go(story)


def test_autoreload_takes_a_changed_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with webs(2) as (one, two):
            write_config(tmp_path, [one.port], settings="autoreload=yes\n")
            async with running(tmp_path) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port})
                write_config(tmp_path, [two.port], settings="autoreload=yes\n")
                await daemon.until(lambda: daemon.ports() == {two.port})

    go(story)


def test_cleanstop_takes_own_rows_out_and_no_others(tmp_path: Path) -> None:
    async def story() -> None:
        async with webs(1) as (one,):
            write_config(tmp_path, [one.port], more="    cleanstop=yes\n")
            async with running(tmp_path) as daemon:
                await daemon.until(lambda: daemon.ports() == {one.port})
            assert set(daemon.kernel.table) == {FOREIGN}

    go(story)


def test_services_dropped_from_the_file_go_at_the_next_start(tmp_path: Path) -> None:
    async def story() -> None:
        kernel = MemoryKernel()
        second = f"virtual={VIP}:81\n    checktype=on\n    real=127.0.0.1:81 masq\n"
        write_config(tmp_path, [1], more=second)
        async with running(tmp_path, kernel) as daemon:
            await daemon.until(lambda: ServiceKey(4, "tcp", VIP, 81) in kernel.table)
        write_config(tmp_path, [1])
        async with running(tmp_path, kernel) as daemon:
            await daemon.until(lambda: set(kernel.table) == {KEY, FOREIGN})

    go(story)


def test_an_unknown_group_and_an_unknown_verb_are_sentences(tmp_path: Path) -> None:
    async def story() -> None:
        write_groups(tmp_path, "cold")
        write_config(tmp_path, [1])
        async with running(tmp_path) as daemon:
            with pytest.raises(ControlError, match=r"knows no group 192\.0\.2\.9"):
                await daemon.ask("activate", group="192.0.2.9")
            with pytest.raises(ControlError, match="has no verb 'dance'"):
                await daemon.ask("dance")
            status = await daemon.ask("status")
            assert list(status["groups"]) == [VIP]

    go(story)
