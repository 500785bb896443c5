# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Echo requests and answers over real raw sockets, on loopback; what is forged is no answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import PingNode
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ping

pytestmark = pytest.mark.tier_check

HERE4, HERE6 = PingNode("127.0.0.1", ("127.0.0.1",)), PingNode("::1", ("::1",))
TOKEN = b"12345678"


class Trial:
    """A pinger in a loop of its own; ``heard`` are the names that answered, in order."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.pinger = ping.Pinger(self.heard.extend)

    async def until(self, is_true: Callable[[], object]) -> None:
        for dummy in range(300):
            if is_true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"not reached; heard: {self.heard}; {self.pinger.status()}")


def run(body: Callable[[Trial], Awaitable[None]]) -> None:
    async def whole() -> None:
        trial = Trial()
        try:
            await body(trial)
        finally:
            trial.pinger.close()

    asyncio.run(whole())


@pytest.mark.parametrize("node", [HERE4, HERE6], ids=["icmp", "icmpv6"])
def test_an_address_that_answers_is_told_each_round(node: PingNode) -> None:
    async def body(trial: Trial) -> None:
        trial.pinger.use([node], 0.05)
        await trial.until(lambda: trial.heard.count(node.name) >= 3)
        status = trial.pinger.status()[node.name]
        assert status["error"] == ""
        assert 0 <= status["answered_s"] < 1
        trial.pinger.close()
        await asyncio.sleep(0.05)
        count = len(trial.heard)
        await asyncio.sleep(0.15)
        assert len(trial.heard) == count, "closed, and still asking"

    run(body)


def test_one_answer_of_a_group_is_enough_and_a_reload_changes_who_is_asked() -> None:
    both = PingNode("routers", ("127.0.0.7", "::1"))

    async def body(trial: Trial) -> None:
        trial.pinger.use([both], 0.05)
        await trial.until(lambda: "routers" in trial.heard)
        trial.pinger.use([HERE4], 0.05)
        trial.heard.clear()
        await trial.until(lambda: "127.0.0.1" in trial.heard)
        assert set(trial.heard) == {"127.0.0.1"}
        assert list(trial.pinger.status()) == ["127.0.0.1"]

    run(body)


def test_an_address_without_a_way_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    # A broadcast address without SO_BROADCAST: refused by the kernel itself.
    nowhere = PingNode("255.255.255.255", ("255.255.255.255",))

    async def body(trial: Trial) -> None:
        trial.pinger.use([nowhere, HERE4], 0.05)
        await trial.until(lambda: trial.heard.count("127.0.0.1") >= 3)
        assert "Permission denied" in trial.pinger.status()["255.255.255.255"]["error"]

    run(body)
    assert caplog.text.count("255.255.255.255 cannot be asked") == 1


def forge(address: str, identifier: int, sequence: int, token: bytes) -> None:
    """An echo answer that nobody's kernel gave, from ``address``."""
    header = struct.pack("!BBHHH", 0, 0, 0, identifier, sequence)
    total = ping.checksum(header + token)
    packet = struct.pack("!BBHHH", 0, 0, total, identifier, sequence) + token
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.bind((address, 0))
        raw.sendto(packet, ("127.0.0.1", 0))


def test_forged_answers_are_none() -> None:
    """127.0.0.9 is asked of nothing: what is to count must be wrong in one thing only."""

    async def body(trial: Trial) -> None:
        pinger = trial.pinger
        pinger.use([PingNode("x", ("127.0.0.9",))], 60.0)
        await trial.until(lambda: trial.heard == ["x"])  # the kernel's own answer to round 1
        right = (pinger._identifier, 2, pinger._token)
        forge("127.0.0.9", *right)  # of a round not asked yet
        forge("127.0.0.9", right[0], 1, right[2])  # once more: only the first counts
        await asyncio.sleep(0.1)
        pinger._asked[2] = {"127.0.0.9"}
        forge("127.0.0.8", *right)
        forge("127.0.0.9", right[0] ^ 1, 2, right[2])
        forge("127.0.0.9", right[0], 2, b"8" * len(right[2]))
        forge("127.0.0.9", right[0], 2, right[2] + b"88")
        await asyncio.sleep(0.1)
        assert trial.heard == ["x"]
        forge("127.0.0.9", *right)  # with nothing wrong it counts: the forger is able
        await trial.until(lambda: trial.heard == ["x", "x"])

    run(body)


def test_rubbish_is_no_answer() -> None:
    for packet in (b"", b"\x45", b"\x4f" + b"\0" * 10, b"\x45" + b"\0" * 40):
        assert ping.decode_reply(4, packet, 1, TOKEN) is None
    for packet in (b"", b"\x81", b"\x81\0\0\0\0\1\0", b"\0" * 16):
        assert ping.decode_reply(6, packet, 1, TOKEN) is None
    assert ping.decode_reply(6, b"\x81\0\0\0\0\1\0\x07" + TOKEN, 1, TOKEN) == 7
