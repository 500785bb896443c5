# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sync daemons as bytes and back, and which one a group wants; the kernel's word on them is in
tests/integration/modules."""

from __future__ import annotations

import asyncio

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Resource
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import resources
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.ipvs_sync import (
    SyncDaemon,
    decode_daemon,
    encode_daemon,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.resources import GroupResources
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.sync_daemon import wanted_daemon

SWAP = Resource("syncdaemon", "LVSSyncDaemonSwap", ("master", "eth0", "7"))
OTHER = Resource("syncdaemon", "LVSSyncDaemonSwap", ("master", "eth1", "7"))


@pytest.mark.parametrize(
    "daemon",
    [
        SyncDaemon("master", "eth0"),
        SyncDaemon("backup", "bond0.12", 255, 1400, "239.0.0.9", 8849, 3),
        SyncDaemon("master", "eth0", 1, 0, "ff02::42", 8848, 1),
    ],
)
def test_there_and_back(daemon: SyncDaemon) -> None:
    assert decode_daemon(encode_daemon(daemon)) == daemon


def test_bytes_of_the_smallest_request() -> None:
    """Attributes 1 (state), 2 (interface) and 3 (syncid) of enum ip_vs_daemon attributes."""
    wanted = "08000100 01000000 09000200 65746830 00000000 08000300 07000000"
    assert encode_daemon(SyncDaemon("master", "eth0", 7)) == bytes.fromhex(wanted)


def test_the_holder_sends_and_the_others_receive() -> None:
    assert wanted_daemon(SWAP, True) == SyncDaemon("master", "eth0", 7)
    assert wanted_daemon(SWAP, False) == SyncDaemon("backup", "eth0", 7)
    turned = Resource("syncdaemon", "LVSSyncDaemonSwap", ("backup", "eth0", "7"))
    assert wanted_daemon(turned, True).role == "backup"


def test_a_group_swaps_at_take_and_release_and_stands_by_from_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swaps: list[tuple[str, bool]] = []

    def swap(resource: Resource, is_held: bool) -> str:
        swaps.append((resource.arguments[1], is_held))
        return ""

    async def story() -> None:
        group = GroupResources("192.0.2.146", [SWAP], "/nonexistent")
        for step in (
            group.stand_by,
            lambda: group.want(False),
            lambda: group.want(True),
            lambda: group.want(False),
            lambda: group.change([OTHER]),
            lambda: group.change([OTHER]),
        ):
            step()
            await group.settle(5)

    monkeypatch.setattr(resources, "swap", swap)
    asyncio.run(story())
    assert swaps == [("eth0", False), ("eth0", True), ("eth0", False), ("eth1", False)]


def test_a_group_that_is_taken_at_once_ends_as_the_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    swaps: list[bool] = []

    def swap(dummy: Resource, is_held: bool) -> str:
        swaps.append(is_held)
        return ""

    monkeypatch.setattr(resources, "swap", swap)

    async def story() -> None:
        group = GroupResources("192.0.2.146", [SWAP], "/nonexistent")
        group.stand_by()
        group.want(True)
        await group.settle(5)

    asyncio.run(story())
    assert swaps[-1] is True
