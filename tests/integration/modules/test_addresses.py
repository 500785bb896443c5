# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, leases and their events on this machine's kernel, in namespaces.

The second opinions are ip(8) and pyroute2.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from pyroute2 import IPRoute

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    KernelError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import LinkState
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import rtnetlink
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.address_watch import (
    AddressRemoved,
    AddressWatch,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import (
    Addresses,
    HeldAddress,
)
from tests.integration.modules.namespaces import ip, shown, wait_until

VIP = "192.0.2.146"
VIP6 = "2001:db8::146"


@pytest.mark.parametrize(("address", "prefix"), [(VIP, 24), (VIP6, 64)])
@pytest.mark.parametrize("interface", ["eth0", "lo"])
def test_a_lease_ends_by_the_kernels_own_hand(
    kernel: Addresses, interface: str, address: str, prefix: int
) -> None:
    start = time.monotonic()
    kernel.set(interface, address, prefix, lease_s=1)
    assert shown(interface)[address]["valid_life_time"] == 1
    wait_until(lambda: address not in shown(interface), "the end of the lease", 3)
    assert 0.9 < time.monotonic() - start < 2.5


def test_a_renewed_lease_goes_on_and_an_address_for_ever_gets_one(kernel: Addresses) -> None:
    kernel.set("eth0", VIP, 24)
    assert shown("eth0")[VIP]["valid_life_time"] == 0xFFFFFFFF
    for dummy in range(6):
        kernel.set("eth0", VIP, 24, lease_s=1)
        time.sleep(0.3)
        assert VIP in shown("eth0")
    wait_until(lambda: VIP not in shown("eth0"), "the end of the lease", 3)


def test_a_lease_that_did_not_take_is_an_error(
    kernel: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with the releases of pyroute2 that ignore a lifetime: it must not go unseen."""
    encode = rtnetlink.encode_address

    def without_lease(held: HeldAddress, index: int) -> bytes:
        return encode(replace(held, valid_s=None), index)

    monkeypatch.setattr(rtnetlink, "encode_address", without_lease)
    with pytest.raises(KernelError, match="on eth0 for ever, not for the lease of 2 s"):
        kernel.set("eth0", VIP, 24, lease_s=2)


def test_pyroute2_sees_what_was_set(kernel: Addresses) -> None:
    kernel.set("eth0", VIP, 24, lease_s=30, label="eth0:vip", scope="link")
    kernel.set("eth0", VIP6, 64, lease_s=40, preferred_s=0)
    with IPRoute() as route:
        seen = {each.get("address"): each for each in route.get_addr(label="eth0:vip")}
        six = next(each for each in route.get_addr() if each.get("address") == VIP6)
    assert seen[VIP]["prefixlen"] == 24
    assert seen[VIP]["scope"] == 253
    assert seen[VIP].get("cacheinfo")["ifa_valid"] in (29, 30)
    assert six.get("cacheinfo")["ifa_preferred"] == 0
    held = {each.address: each for each in kernel.list()}
    assert (held[VIP].label, held[VIP].scope) == ("eth0:vip", "link")
    assert held[VIP6].preferred_s == 0
    assert held[VIP6].is_nodad


def test_links_are_told_with_mac_and_state(kernel: Addresses) -> None:
    (shown_link,) = json.loads(ip("-j", "link", "show", "dev", "eth0"))
    link = kernel.links()["eth0"]
    assert (link.index, link.mac) == (socket.if_nametoindex("eth0"), shown_link["address"])
    assert link.is_up
    ip("link", "set", "eth0", "down")
    assert not kernel.links()["eth0"].is_up


def test_removing_is_done_once_and_touches_nothing_else(kernel: Addresses) -> None:
    kernel.set("eth0", VIP, 24)
    kernel.set("lo", VIP, 32)
    for dummy in range(2):
        kernel.remove("eth0", VIP, 24)
        assert VIP not in shown("eth0")
    assert VIP in shown("lo")
    kernel.remove("nosuch", VIP, 24)


def test_refusals_are_sentences(kernel: Addresses) -> None:
    with pytest.raises(KernelError, match=r"This host has no interface nosuch"):
        kernel.set("nosuch", VIP, 24)
    with pytest.raises(KernelError, match=r"refused `192\.0\.2\.146/33 dev eth0`: it takes no"):
        kernel.set("eth0", VIP, 33)


@pytest.fixture
def watch(other: int) -> Iterator[AddressWatch]:
    with closing(AddressWatch()) as watch:
        yield watch


def tells(watch: AddressWatch, change: object, within_s: float = 5) -> list[object]:
    """What the watch told until ``change`` was among it."""
    seen: list[object] = []
    deadline = time.monotonic() + within_s
    while change not in seen:
        left_s = deadline - time.monotonic()
        assert left_s > 0, (change, seen)
        if select.select([watch], [], [], left_s)[0]:
            seen += watch.read()
    return seen


def test_the_watch_tells_links_first_and_then_what_happens(
    kernel: Addresses, watch: AddressWatch
) -> None:
    first = [*tells(watch, LinkState("eth0", True)), *watch.read()]
    assert sorted(map(str, first)) == sorted(
        map(str, (LinkState("lo", True), LinkState("eth0", True)))
    )
    kernel.set("eth0", VIP, 24)
    kernel.set("lo", VIP, 32)
    assert watch.read() == []
    kernel.remove("eth0", VIP, 24)
    assert tells(watch, AddressRemoved("eth0", VIP, 24)) == [AddressRemoved("eth0", VIP, 24)]
    kernel.set("eth0", VIP, 24, lease_s=1)
    tells(watch, AddressRemoved("eth0", VIP, 24))
    ip("link", "set", "eth0", "down")
    tells(watch, LinkState("eth0", False))
    ip("link", "set", "eth0", "up")
    tells(watch, LinkState("eth0", True))


def test_the_watch_makes_up_for_a_burst_that_the_kernel_dropped(
    kernel: Addresses, watch: AddressWatch
) -> None:
    watch.read()
    watch._socket._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    for number in range(100):
        kernel.set("lo", f"198.51.100.{number}", 32)
    ip("link", "set", "eth0", "down")
    tells(watch, LinkState("eth0", False))
