# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real server takes what directors forward for the addresses and is silent about them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cluster import VIP, addresses, container, shell, sysctl
from power import reboot

VIPS = (VIP, "192.0.2.147")
OWN = "192.0.2.2"
UNITS = tuple(f"lvs-vip-lo-{vip}-32.service" for vip in VIPS)
SYSCTL_FILE = "/etc/sysctl.d/60-lvs-realserver.conf"
ARP = ("net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce")


def has_the_addresses_silently() -> None:
    host = container("laico2")
    assert [each for each in addresses(host, "lo") if each.startswith("192.")] == [
        f"{vip}/32" for vip in VIPS
    ]
    assert [each for each in addresses(host, "eth0") if "." in each] == [f"{OWN}/24"]
    assert sysctl(host, *ARP) == ["1", "2"]


def answers_arp_for(address: str) -> int:
    """How many of the client's two questions are answered."""
    asked = f"arping -c 2 -w 3 -I eth0 {address} || true"
    told = shell(container("client"), asked)
    return sum("reply from" in line for line in told.splitlines())


def test_the_addresses_stand_on_lo_alone_with_arp_ignore_and_announce_set() -> None:
    has_the_addresses_silently()


def test_the_settings_file_is_roots_and_sets_both_at_boot() -> None:
    file = container("laico2").file(SYSCTL_FILE)
    assert (file.user, file.group, file.mode) == ("root", "root", 0o644)
    lines = [line for line in file.content_string.splitlines() if not line.startswith("#")]
    assert lines == [f"{ARP[1]} = 2", f"{ARP[0]} = 1"]


@pytest.mark.parametrize("unit", UNITS)
def test_each_address_has_an_enabled_unit_that_comes_after_the_settings(unit: str) -> None:
    told = shell(container("laico2"), f"systemctl show -p UnitFileState -p After {unit}")
    said = dict(line.split("=", 1) for line in told.splitlines())
    assert said["UnitFileState"] == "enabled"
    assert "systemd-sysctl.service" in said["After"].split()


def test_only_its_own_address_is_answered_for() -> None:
    assert answers_arp_for(OWN) == 2
    assert [answers_arp_for(vip) for vip in VIPS] == [0, 0]


@pytest.fixture(name="web")
def _web() -> Iterator[None]:
    """A page on the real server; the client sends to it what it has for the first address."""
    mac = shell(container("laico2"), "cat /sys/class/net/eth0/address; systemctl start nginx")
    client = container("client")
    shell(client, f"ip neigh replace {VIP} lladdr {mac.strip()} dev eth0 nud permanent")
    try:
        yield
    finally:
        shell(client, f"ip neigh del {VIP} dev eth0")
        shell(container("laico2"), "systemctl stop nginx")


@pytest.mark.usefixtures("web")
def test_a_frame_for_the_address_that_a_director_would_forward_is_served() -> None:
    asked = f"curl -sS --max-time 5 -o /dev/null -w '%{{http_code}} %{{remote_ip}}' http://{VIP}/"
    assert shell(container("client"), asked).strip() == f"200 {VIP}"


def test_a_unit_that_is_stopped_leaves_its_address_and_one_started_again_is_no_other() -> None:
    host = container("laico2")
    shell(host, f"systemctl start {UNITS[0]}; systemctl stop {UNITS[0]}")
    has_the_addresses_silently()
    shell(host, f"systemctl restart {UNITS[0]}")
    has_the_addresses_silently()


def test_an_address_that_was_lost_comes_back_by_its_unit() -> None:
    host = container("laico2")
    shell(host, f"ip address del {VIP}/32 dev lo; systemctl restart {UNITS[0]}")
    assert f"{VIP}/32" in addresses(host, "lo")


def test_after_a_reboot_all_is_as_before_and_silence_came_first() -> None:
    reboot("laico2")
    has_the_addresses_silently()
    assert [answers_arp_for(vip) for vip in VIPS] == [0, 0]
    asked = "systemctl show --value -p ExecMainExitTimestampMonotonic systemd-sysctl.service"
    started = "systemctl show --value -p ExecMainStartTimestampMonotonic"
    told = shell(container("laico2"), f"{asked}; " + "; ".join(f"{started} {u}" for u in UNITS))
    settings, *units = (int(line) for line in told.split())
    assert 0 < settings < min(units)
