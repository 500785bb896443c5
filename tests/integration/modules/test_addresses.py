# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, leases, events and the task of vip_address on this machine's kernel, in namespaces.

The second opinions are ip(8) and pyroute2.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest
from pyroute2 import IPRoute

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
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
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.announce import WireSocket
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.vip_task import VipTask
from tests.integration.modules.namespaces import inside, ip, lan, wait_until

VIP = "192.0.2.146"
VIP6 = "2001:db8::146"
OPTIONS: dict[str, Any] = {
    "address": f"{VIP}/24",
    "interface": "eth0",
    "state": "present",
    "force": False,
    "label": None,
    "scope": None,
    "preferred_lft": None,
    "nodad": None,
    "persistent": None,
    "announce": "never",
    "announce_count": 5,
    "announce_interval": "20ms",
    "probe": False,
}


@pytest.fixture
def other() -> Iterator[int]:
    """The process id of another host on eth0's LAN."""
    with lan() as pid, Addresses() as kernel:
        wait_until(lambda: kernel.links()["eth0"].is_up, "eth0's carrier")
        yield pid


@pytest.fixture
def kernel(other: int) -> Iterator[Addresses]:
    with Addresses() as addresses:
        yield addresses


def shown(interface: str) -> dict[str, dict[str, Any]]:
    """What ip(8) shows of an interface, by address."""
    (link,) = json.loads(ip("-j", "address", "show", "dev", interface))
    return {each["local"]: each for each in link["addr_info"]}


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


# ---- the task of vip_address -------------------------------------------------------------------


def bring(**options: Any) -> list[str]:
    """Bring the address to what the options say; gives the operations in words."""
    task = VipTask({**OPTIONS, **options}, False)
    try:
        world = task.read()
        plan = task.plan(world)
        task.guard(world, plan)
        for op in plan:
            task.apply(op)
        task.finish(plan)
        assert task.show(task.read()) == task.show(task.predict(world, plan))
        again = task.read()
        assert task.plan(again) == (), "a second run changes nothing"
        return task.describe(plan)
    finally:
        task.close()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"address": f"{VIP6}/64"},
        {"address": f"{VIP6}/64", "nodad": True, "preferred_lft": "0"},
        {"label": "eth0:vip", "scope": "link", "preferred_lft": "0"},
        {"address": f"{VIP}/32", "interface": "lo", "scope": "host"},
    ],
)
def test_an_address_is_added_as_predicted_and_removed_again(
    other: int, options: dict[str, Any]
) -> None:
    (added,) = bring(**options)
    assert added.startswith("ip address add ")
    assert bring(**{**options, "state": "absent"}) == [
        f"ip address delete {options.get('address', VIP + '/24')} "
        f"dev {options.get('interface', 'eth0')}"
    ]
    assert bring(**{**options, "state": "absent"}) == []


def test_changes_are_made_in_place_where_the_kernel_can(other: int) -> None:
    bring()
    (lifetime,) = bring(preferred_lft="0")
    assert lifetime.startswith("ip address change ")
    assert bring() == []
    assert bring(label="eth0:vip") == [
        f"ip address delete {VIP}/24 dev eth0",
        f"ip address add {VIP}/24 dev eth0 label eth0:vip preferred_lft 0",
    ]


def test_a_lease_that_an_agent_left_is_made_for_ever(kernel: Addresses) -> None:
    kernel.set("eth0", VIP, 24, lease_s=60)
    assert bring() == [f"ip address change {VIP}/24 dev eth0"]
    assert shown("eth0")[VIP]["valid_life_time"] == 0xFFFFFFFF


def test_the_same_address_with_another_prefix_is_left_alone(kernel: Addresses) -> None:
    kernel.set("eth0", VIP, 32)
    bring()
    bring(state="absent")
    assert shown("eth0")[VIP]["prefixlen"] == 32


@pytest.mark.parametrize(("address", "prefix"), [(VIP, 24), (VIP6, 64)])
def test_an_address_that_another_host_has_is_refused(other: int, address: str, prefix: int) -> None:
    with inside(other):
        ip("address", "add", f"{address}/{prefix}", "dev", "eth1", "nodad")
        (link,) = json.loads(ip("-j", "link", "show", "dev", "eth1"))
    mac = link["address"]
    with pytest.raises(ConfigError, match=f"{address} is already answered for by {mac} on eth0"):
        bring(address=f"{address}/{prefix}", probe=True)
    assert address not in shown("eth0")
    with inside(other):
        ip("address", "del", f"{address}/{prefix}", "dev", "eth1")
    assert bring(address=f"{address}/{prefix}", probe=True)


def test_an_own_address_elsewhere_is_not_another_host(kernel: Addresses) -> None:
    kernel.set("lo", VIP, 32)
    assert bring(probe=True)


@pytest.fixture
def hearing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize(("address", "prefix"), [(VIP, 24), (VIP6, 64)])
def test_the_lan_is_told_as_often_as_asked(
    other: int, hearing: ExitStack, address: str, prefix: int
) -> None:
    family, forms = (6, 1) if ":" in address else (4, 2)
    with inside(other):
        wire = hearing.enter_context(closing(WireSocket("eth1", family, [address])))
    own = json.loads(ip("-j", "link", "show", "dev", "eth0"))[0]["address"]

    def heard(**options: Any) -> list[str]:
        start = time.monotonic()
        bring(address=f"{address}/{prefix}", nodad=True, **options)
        assert time.monotonic() - start < 2
        return [each.mac for each in wire.receive([])]

    assert heard(announce="on_change", announce_count=3) == [own] * 3 * forms
    assert heard(announce="on_change") == []
    assert heard(announce="always", announce_count=2) == [own] * 2 * forms
    assert heard(announce="always", state="absent") == []


def promote_secondaries(value: str) -> None:
    for name in ("all", "eth0"):
        path = f"/proc/sys/net/ipv4/conf/{name}/promote_secondaries"
        with open(path, "w", encoding="ascii") as file:
            file.write(value)


def test_others_that_would_go_too_stop_the_removal(kernel: Addresses) -> None:
    promote_secondaries("0")
    kernel.set("eth0", "192.0.2.11", 24)
    kernel.set("eth0", VIP, 24)
    with pytest.raises(ConfigError, match=f"would remove {VIP}/24 too.*promote_secondaries"):
        bring(address="192.0.2.11/24", state="absent")
    promote_secondaries("1")
    bring(address="192.0.2.11/24", state="absent")
    assert VIP in shown("eth0")


def test_an_interface_that_is_not_there(other: int) -> None:
    with pytest.raises(ConfigError, match=r"^interface: this host has no interface eth9"):
        bring(interface="eth9")
    assert bring(interface="eth9", state="absent") == []


def test_an_interface_that_has_another_name_now(other: int) -> None:
    """The kernel renames the label too; the address is found under the new name."""
    bring(label="eth0:vip")
    for words in (("down",), ("name", "lan0"), ("up",)):
        ip("link", "set", "lan0" if words == ("up",) else "eth0", *words)
    with pytest.raises(ConfigError, match=rf"has lan0, lo \({VIP} is on lan0\): give one"):
        bring()
    assert bring(interface="lan0") == []


def test_an_interface_that_is_down_cannot_be_asked(other: int) -> None:
    ip("link", "set", "eth0", "down")
    with pytest.raises(ConfigError, match=r"^interface: eth0 is down or has no carrier"):
        bring(probe=True)
    assert VIP not in shown("eth0")
    (sentence,) = warned(announce="on_change")
    assert sentence.startswith("eth0 is down or has no carrier: 192.0.2.146 stands on it, and")
    ip("link", "set", "eth0", "up")
    with Addresses() as kernel:
        wait_until(lambda: kernel.links()["eth0"].is_up, "eth0's carrier")
    assert warned() == []
    with inside(other):
        ip("link", "set", "eth1", "down")
    assert len(warned()) == 1, "no carrier"


def warned(**options: Any) -> list[str]:
    """Bring the address to what the options say; gives what the operator is told of it."""
    bring(**options)
    with closing(VipTask({**OPTIONS, **options}, False)) as task:
        return task.warnings(task.read())


def arp_ignore(name: str, value: str) -> None:
    path = f"/proc/sys/net/ipv4/conf/{name}/arp_ignore"
    with open(path, "w", encoding="ascii") as file:
        file.write(value)


def test_an_address_of_lo_that_is_answered_for_is_told(other: int) -> None:
    on_lo = {"address": f"{VIP}/32", "interface": "lo"}
    ip("link", "set", "lo", "up")
    arp_ignore("all", "0")
    arp_ignore("eth0", "0")
    (sentence,) = warned(**on_lo)
    assert sentence.startswith(f"This host answers ARP for {VIP} of lo on eth0: set net.ipv4.conf")
    arp_ignore("eth0", "1")
    assert warned(**on_lo) == []
    arp_ignore("eth0", "0")
    arp_ignore("all", "1")
    assert warned(**on_lo) == []


def test_an_ipv6_address_that_another_host_has_is_found_by_the_kernel(other: int) -> None:
    """Without a probe, by duplicate address detection; the address is taken off again."""
    with inside(other):
        ip("address", "add", f"{VIP6}/64", "dev", "eth1", "nodad")
    with pytest.raises(KernelError, match=f"Another host on eth0 has the address {VIP6}"):
        bring(address=f"{VIP6}/64")
    assert VIP6 not in shown("eth0")
    ip("address", "add", f"{VIP6}/64", "dev", "eth0")
    wait_until(lambda: "dadfailed" in shown("eth0")[VIP6], "the kernel's own finding")
    with inside(other):
        ip("address", "del", f"{VIP6}/64", "dev", "eth1")
    assert [word.split()[2] for word in bring(address=f"{VIP6}/64")] == ["delete", "add"]
    assert not {"dadfailed", "tentative"} & set(shown("eth0")[VIP6])
