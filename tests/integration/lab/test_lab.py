# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verb of the lab, on real guests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from lab.process import Process
from tests.integration.lab.conftest import ROOT, LabUnderTest

pytestmark = pytest.mark.lab


def test_guests_are_real_hosts(lab: LabUnderTest) -> None:
    assert lab.on("one", "hostname; systemctl is-system-running").split() == ["one", "running"]
    table = lab.on("one", "modprobe ip_vs && ipvsadm -ln")
    assert "IP Virtual Server" in table
    assert "size=4096" in table


def test_guests_have_the_interfaces_of_the_topology(lab: LabUnderTest) -> None:
    lines = [line.split() for line in lab.on("one", "ip -br -4 address").splitlines()]
    assert {line[0]: line[2] for line in lines} == {
        "lo": "127.0.0.1/8",
        "eth0": "192.0.2.11/24",
        "eth1": "198.51.100.11/24",
    }


def test_each_guest_has_one_processor_of_the_host(lab: LabUnderTest) -> None:
    for guest in lab.state()["guests"].values():
        assert os.sched_getaffinity(guest["main"]["pid"]) == {guest["cpu"]}


def test_boot_reads_the_configuration_of_the_host(lab: LabUnderTest) -> None:
    lab.on(
        "two",
        "echo net.ipv4.conf.all.arp_ignore=1 > /etc/sysctl.d/99-test.conf;"
        "echo ip_vs > /etc/modules-load.d/test.conf; sync",
    )
    lab.run("power-off", "two")
    lab.run("power-on", "two")
    lab.on("two", "systemctl is-system-running --wait")
    assert lab.on("two", "cat /proc/sys/net/ipv4/conf/all/arp_ignore").strip() == "1"
    assert lab.on("two", "lsmod | grep -c '^ip_vs '").strip() == "1"
    lab.on("two", "rm /etc/sysctl.d/99-test.conf /etc/modules-load.d/test.conf; sync")


def test_a_power_cut_keeps_what_was_written_and_ends_what_ran(lab: LabUnderTest) -> None:
    before = lab.on("two", "cat /proc/sys/kernel/random/boot_id")
    # 2 s: older than vm.dirty_expire_centisecs, which the image sets to one second.
    lab.on("two", "echo kept > /root/kept; sleep 2")
    starter = lab.state()["guests"]["two"]["process"]
    lab.run("power-off", "two")
    assert not Process(**starter).is_alive()
    assert lab.answers("one", "192.0.2.2", "eth0") == 0
    rows = json.loads(lab.run("status", "--json"))["hosts"]
    assert {row["name"]: row["power"] for row in rows} == {"one": "on", "two": "off"}
    lab.run("power-on", "two")
    assert lab.on("two", "cat /root/kept").strip() == "kept"
    assert lab.on("two", "cat /proc/sys/kernel/random/boot_id") != before


def test_power_on_of_a_running_host_changes_nothing(lab: LabUnderTest) -> None:
    before = lab.state()["guests"]
    lab.run("power-on", "one")
    assert lab.state()["guests"] == before


def test_a_frozen_host_is_silent_and_goes_on_where_it_was(lab: LabUnderTest) -> None:
    before = lab.on("two", "cat /proc/sys/kernel/random/boot_id")
    lab.run("freeze", "two")
    assert lab.answers("one", "192.0.2.2", "eth0") == 0
    lab.run("thaw", "two")
    assert lab.answers("one", "192.0.2.2", "eth0") == 2
    assert lab.on("two", "cat /proc/sys/kernel/random/boot_id") == before


def test_loss_drops_about_as_much_as_it_says(lab: LabUnderTest) -> None:
    lab.run("fault", "two", "--loss", "100")
    assert lab.answers("one", "192.0.2.2", "eth0") == 0
    lab.run("fault", "two", "--loss", "50", "--interface", "eth1")
    script = "from socket import *; s = socket(AF_INET, SOCK_DGRAM)\n"
    script += "for i in range(400): s.sendto(b'x', ('198.51.100.2', 9))"
    # No ARP on the way; of 400 datagrams half arrive.
    mac = "02:4c:56:53:01:02"
    lab.on("one", f"ip neigh replace 198.51.100.2 lladdr {mac} dev eth1 nud permanent")
    before = received(lab)
    lab.on("one", f'python3 -c "{script}"')
    assert 140 < received(lab) - before < 260
    assert lab.answers("one", "192.0.2.2", "eth0") == 2
    lab.run("fault", "two")
    before = received(lab)
    lab.on("one", f'python3 -c "{script}"')
    assert 400 <= received(lab) - before < 410


def received(lab: LabUnderTest) -> int:
    return int(lab.on("two", "cat /sys/class/net/eth1/statistics/rx_packets"))


def test_delay_is_what_it_says_and_survives_a_power_cut(lab: LabUnderTest) -> None:
    lab.run("fault", "two", "--delay", "80")
    assert 80 <= round_trip_ms(lab) < 120
    lab.run("power-off", "two")
    lab.run("power-on", "two")
    assert 80 <= round_trip_ms(lab) < 120
    lab.run("fault", "two")
    assert round_trip_ms(lab) < 40


def round_trip_ms(lab: LabUnderTest) -> float:
    output = lab.on("one", "arping -c 3 -I eth0 192.0.2.2")
    times = [float(text) for text in re.findall(r"([0-9.]+)ms", output)]
    assert len(times) == 3
    return min(times)


def test_partition_of_one_link_leaves_the_other(lab: LabUnderTest) -> None:
    lab.run("fault", "one", "--partition-from", "two", "--network", "beat")
    assert lab.answers("one", "198.51.100.2", "eth1") == 0
    assert lab.answers("two", "198.51.100.11", "eth1") == 0
    assert lab.answers("one", "192.0.2.2", "eth0") == 2
    lab.run("fault", "one")
    assert lab.answers("one", "198.51.100.2", "eth1") == 2


def test_one_way_partition(lab: LabUnderTest) -> None:
    """One is deaf to two: two's requests do not arrive, nor do answers to one's own."""
    lab.run("fault", "one", "--partition-from", "two", "--one-way", "--interface", "eth1")
    before = arps_heard(lab, "two")
    assert lab.answers("one", "198.51.100.2", "eth1") == 0
    assert arps_heard(lab, "two") > before
    lab.run("fault", "one")


def arps_heard(lab: LabUnderTest, host: str) -> int:
    return int(lab.on(host, "cat /sys/class/net/eth1/statistics/rx_packets"))


def test_partition_from_the_client(lab: LabUnderTest) -> None:
    probe = ["enter", "--", "nc", "-z", "-w", "2", "192.0.2.11", "22"]
    assert lab.try_run(*probe).returncode == 0
    lab.run("fault", "one", "--partition-from", "client")
    assert lab.try_run(*probe).returncode != 0
    assert lab.answers("two", "192.0.2.11", "eth0") == 2
    lab.run("fault", "one")
    assert lab.try_run(*probe).returncode == 0


def test_an_unplugged_cable(lab: LabUnderTest) -> None:
    lab.run("link", "one", "eth1", "down")
    assert lab.answers("two", "198.51.100.11", "eth1") == 0
    assert lab.answers("two", "192.0.2.11", "eth0") == 2
    lab.run("link", "one", "eth1", "up")
    assert lab.answers("two", "198.51.100.11", "eth1") == 2


def test_ansible_reaches_every_host_from_outside(lab: LabUnderTest) -> None:
    inventory = lab.directory / "inventory.yml"
    assert inventory.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(lab.run("inventory")) == yaml.safe_load(inventory.read_text("utf-8"))
    ansible = str(ROOT / ".venv/bin/ansible")
    command = ["-m", "ansible.builtin.command", "-a", "ip -br -4 address"]
    done = subprocess.run(
        [ansible, "-i", str(inventory), "all", *command],
        capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for address in ("192.0.2.1/24", "192.0.2.11/24", "192.0.2.2/24"):
        assert address in done.stdout


def test_what_the_client_installs_stays_in_the_lab(lab: LabUnderTest) -> None:
    name = f"/usr/local/laico-lvs-test-{os.getpid()}"
    lab.run("enter", "--", "mkdir", name)
    assert lab.run("enter", "--", "ls", "-d", name).strip() == name
    assert not Path(name).exists()


def test_wrong_names_are_told(lab: LabUnderTest) -> None:
    done = lab.try_run("power-off", "three")
    assert done.returncode == 1
    assert done.stderr == "lab: the lab labtest has no host 'three'; it has one, two\n"


def test_up_starts_what_is_missing_and_nothing_else(lab: LabUnderTest) -> None:
    before = lab.state()["guests"]
    os.kill(before["two"]["process"]["pid"], 9)
    lab.run("freeze", "one")
    time.sleep(0.2)
    lab.up()
    after = lab.state()["guests"]
    assert after["one"] == before["one"]
    assert after["two"]["process"] != before["two"]["process"]
    assert lab.on("two", "hostname").strip() == "two"


def test_up_with_another_topology_is_refused(lab: LabUnderTest) -> None:
    other = lab.folder / "other.yml"
    other.write_text(lab.topology.read_text("utf-8").replace("192.0.2.2}", "192.0.2.3}"), "utf-8")
    done = lab.try_run("up", str(other))
    assert done.returncode == 1
    assert "is up with another topology; run 'lab --name labtest down' first" in done.stderr
