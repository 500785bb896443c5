# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real servers: each finding produced with the kernel's real state, seen, cured, gone.

Where the finding says what a host does on the wire, the wire is asked whether that is true.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import arp
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.arp_probe import find_holder
from tests.integration.doctor.bench import (
    SERVER,
    VIP,
    VIP6,
    WEB,
    Doctor,
    listening,
    produces,
    sysctl,
)
from tests.integration.modules.namespaces import inside, ip

SERVING: dict[str, Any] = {**SERVER, "services": [WEB]}
STRICT = 1


def is_answered(other: int, address: str) -> bool:
    """Does this host answer for the address when the other one asks?"""
    with inside(other):
        return find_holder("eth1", address, frozenset()) is not None


def test_a_sound_real_server_has_no_finding(doctor: Doctor, server: int) -> None:
    assert doctor.look(**SERVING) == {}
    assert not is_answered(server, VIP)


def test_without_options_it_judges_what_stands_on_lo(doctor: Doctor, server: int) -> None:
    assert doctor.look() == {}
    sysctl("all/arp_ignore", 0)
    assert set(doctor.look()) == {"arp-ignore"}


@produces("vip-missing")
def test_the_address_is_missing(doctor: Doctor, server: int) -> None:
    ip("address", "del", f"{VIP}/32", "dev", "lo")
    assert VIP in doctor.look(**SERVING)["vip-missing"]
    ip("address", "add", f"{VIP}/32", "dev", "lo")
    assert doctor.look(**SERVING) == {}


@produces("vip-missing")
def test_an_address_that_comes_back_at_each_boot_is_missing(doctor: Doctor, server: int) -> None:
    """Nobody says what this host is: the unit that vip_address wrote does."""
    ip("address", "del", f"{VIP}/32", "dev", "lo")
    folder = Path(doctor.root, "etc/systemd/system")
    folder.mkdir(parents=True)
    (folder / f"lvs-vip-lo-{VIP}-32.service").touch()
    assert set(doctor.look()) == {"vip-missing"}
    ip("address", "add", f"{VIP}/32", "dev", "lo")
    assert doctor.look() == {}


@produces("vip-too-wide")
def test_a_network_on_lo_is_local_as_a_whole(doctor: Doctor, server: int) -> None:
    ip("address", "del", f"{VIP}/32", "dev", "lo")
    ip("address", "add", f"{VIP}/24", "dev", "lo")
    assert f"{VIP}/24 on lo" in doctor.look(**SERVING)["vip-too-wide"]
    assert "dev lo" in ip("route", "get", "192.0.2.99"), "another host of the LAN is this one now"
    ip("address", "del", f"{VIP}/24", "dev", "lo")
    ip("address", "add", f"{VIP}/32", "dev", "lo")
    assert doctor.look(**SERVING) == {}
    assert "dev eth0" in ip("route", "get", "192.0.2.99")


@produces("vip-too-wide", "vip-missing")
def test_the_same_of_ipv6(doctor: Doctor, server: int) -> None:
    wanted = {**SERVER, "vips": [{"address": VIP6}]}
    assert set(doctor.look(**wanted)) == {"vip-missing"}
    ip("address", "add", f"{VIP6}/64", "dev", "lo")
    assert set(doctor.look(**wanted)) == {"vip-too-wide"}
    ip("address", "del", f"{VIP6}/64", "dev", "lo")
    ip("address", "add", f"{VIP6}/128", "dev", "lo")
    assert doctor.look(**wanted) == {}
    assert not is_answered(server, VIP6), "without any setting, as the page says"


@produces("vip-on-lan")
def test_an_address_on_the_lan_is_answered_for_whatever_arp_ignore_is(
    doctor: Doctor, server: int
) -> None:
    ip("address", "add", f"{VIP}/32", "dev", "eth0")
    assert "eth0" in doctor.look(**SERVING)["vip-on-lan"]
    assert is_answered(server, VIP)
    ip("address", "del", f"{VIP}/32", "dev", "eth0")
    assert doctor.look(**SERVING) == {}
    assert not is_answered(server, VIP)


@produces("arp-ignore")
def test_what_the_kernel_does_is_what_the_doctor_says_of_arp_ignore(
    doctor: Doctor, server: int
) -> None:
    """All values, for the address on lo and for the host's own."""
    for value in (0, 3, 4, 8, 2, 1):
        sysctl("eth0/arp_ignore", value)
        sysctl("all/arp_ignore", 0)
        found = "arp-ignore" in doctor.look(**SERVING)
        is_mute = not is_answered(server, "192.0.2.2")
        assert found == (is_answered(server, VIP) or is_mute), f"arp_ignore {value}"


@produces("arp-ignore")
def test_the_larger_of_all_and_the_interface_counts(doctor: Doctor, server: int) -> None:
    sysctl("all/arp_ignore", 1)
    sysctl("eth0/arp_ignore", 3)
    assert "arp_ignore is 3 on eth0" in doctor.look(**SERVING)["arp-ignore"]
    assert is_answered(server, VIP)
    sysctl("eth0/arp_ignore", 0)
    assert doctor.look(**SERVING) == {}


@produces("arp-ignore")
def test_silence_comes_before_the_address(doctor: Doctor, server: int) -> None:
    ip("address", "del", f"{VIP}/32", "dev", "lo")
    sysctl("all/arp_ignore", 0)
    (found,) = (
        each for each in doctor.examine(**SERVING)["findings"] if each["id"] == "arp-ignore"
    )
    assert found["cure"].endswith("before the address is added.")
    assert set(doctor.look(**SERVING)) == {"arp-ignore", "vip-missing"}
    sysctl("all/arp_ignore", 1)
    ip("address", "add", f"{VIP}/32", "dev", "lo")
    assert doctor.look(**SERVING) == {}


def senders_told(other: int, target: str) -> set[str]:
    """The sender addresses of the ARP requests that this host sends when the address of lo wants
    to reach ``target``."""
    with inside(other):
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(arp.ETHERTYPE))
        wire.bind(("eth1", arp.ETHERTYPE))
        wire.settimeout(0.3)
    with wire, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((VIP, 0))
        client.sendto(b"x", (target, 9))
        found = set()
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline:
            try:
                packet = arp.decode(wire.recv(2048))
            except TimeoutError:
                break
            if packet and packet.op == arp.REQUEST and packet.target_ip == target:
                found.add(packet.sender_ip)
        return found


@produces("arp-announce")
def test_what_the_kernel_tells_is_what_the_doctor_says_of_arp_announce(
    doctor: Doctor, server: int
) -> None:
    told = {}
    for value in (0, 1, 2):
        sysctl("all/arp_announce", value)
        assert ("arp-announce" in doctor.look(**SERVING)) == (value < 2)
        told[value] = senders_told(server, f"192.0.2.{100 + value}")
    assert told[1] == {VIP}, "1 does not do, for all that ip-sysctl.rst says"
    assert told[0] == {VIP}, "this is what the finding is about"
    assert told[2] == {"192.0.2.2"}


@pytest.mark.parametrize(("kind", "address"), [("tcp", "192.0.2.2"), ("udp", "127.0.0.1")])
@produces("nothing-listens")
def test_nothing_listens_there(doctor: Doctor, server: int, kind: str, address: str) -> None:
    wanted = {**SERVER, "services": [{"vip": VIP, "port": 8080, "protocol": kind}]}
    assert f"{kind} port 8080" in doctor.look(**wanted)["nothing-listens"]
    with listening(kind, address, 8080):
        assert f"only on {address}" in doctor.look(**wanted)["nothing-listens"]
    for right in (VIP, "0.0.0.0", "::"):
        with listening(kind, right, 8080):
            assert doctor.look(**wanted) == {}, right


@produces("rp-filter")
def test_strict_filtering_drops_what_the_default_route_would_not_answer(
    doctor: Doctor, server: int
) -> None:
    ip("link", "add", "eth9", "type", "veth", "peer", "name", "far9")
    for name in ("eth9", "far9"):
        ip("link", "set", name, "up")
    ip("address", "add", "198.51.100.2/24", "dev", "eth9")
    ip("route", "add", "default", "via", "198.51.100.1", "dev", "eth9")
    assert doctor.look(**SERVING) == {}
    sysctl("eth0/rp_filter", STRICT)
    assert "default route leaves by eth9" in doctor.look(**SERVING)["rp-filter"]
    assert not arrives_from_outside(server)
    sysctl("eth0/rp_filter", 2)
    assert doctor.look(**SERVING) == {}
    assert arrives_from_outside(server)


def arrives_from_outside(other: int) -> bool:
    """Whether a datagram from another network to the virtual address comes in, as a director
    forwards it."""
    with Addresses() as kernel:
        mac = kernel.links()["eth0"].mac
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inner:
        inner.bind((VIP, 0))
        inner.settimeout(0.3)
        with inside(other):
            ip("neighbour", "replace", "192.0.2.2", "lladdr", mac, "dev", "eth1")
            ip("route", "replace", f"{VIP}/32", "via", "192.0.2.2", "dev", "eth1")
            ip("address", "replace", "203.0.113.9/32", "dev", "lo")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.bind(("203.0.113.9", 0))
                client.sendto(b"x", inner.getsockname())
        try:
            return inner.recv(10) == b"x"
        except TimeoutError:
            return False


@produces("rp-filter")
def test_nothing_comes_out_of_a_tunnel_under_strict_filtering(doctor: Doctor, server: int) -> None:
    wanted = {**SERVER, "services": [{**WEB, "forward": "tunnel"}]}
    ip("link", "add", "tunl0", "type", "veth", "peer", "name", "far0")
    sysctl("tunl0/rp_filter", STRICT)
    assert "tunl0" in doctor.look(**wanted)["rp-filter"]
    sysctl("tunl0/rp_filter", 0)
    assert doctor.look(**wanted) == {}


@produces("ipv6-off")
def test_ipv6_is_switched_off_on_lo(doctor: Doctor, server: int) -> None:
    wanted = {**SERVER, "vips": [{"address": VIP6}]}
    ip("address", "add", f"{VIP6}/128", "dev", "lo")
    sysctl("lo/disable_ipv6", 1, "ipv6")
    assert set(doctor.look(**wanted)) == {"ipv6-off", "vip-missing"}, "its addresses went with it"
    sysctl("lo/disable_ipv6", 0, "ipv6")
    ip("address", "add", f"{VIP6}/128", "dev", "lo")
    assert doctor.look(**wanted) == {}


@produces("mtu-differs")
def test_another_host_has_another_mtu(doctor: Doctor, server: int) -> None:
    def look(mtu: int) -> dict[str, str]:
        with inside(server):
            ip("link", "set", "eth1", "mtu", str(mtu))
            told = doctor.examine(**{**SERVER, "name": "there"})["host"]
        assert told["mtus"] == {VIP: mtu}
        return doctor.look(**SERVING, peers=[told])

    assert "that of there is 1400" in look(1400)["mtu-differs"]
    assert look(1500) == {}


@produces("role-unknown")
def test_nobody_says_what_the_host_is(doctor: Doctor, other: int) -> None:
    assert set(doctor.look()) == {"role-unknown"}
    sysctl("all/arp_ignore", 1)
    sysctl("all/arp_announce", 2)
    ip("address", "add", f"{VIP}/32", "dev", "lo")
    assert doctor.look() == {}
