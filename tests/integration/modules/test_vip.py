# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of vip_address on this machine's kernel, in namespaces."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    KernelError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.announce import WireSocket
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.vip_task import VipTask
from tests.integration.modules.namespaces import inside, ip, shown, wait_until

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
