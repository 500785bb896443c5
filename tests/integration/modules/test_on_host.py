# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules by ansible on a real host: plumbing, owners, the address that outlives a reboot."""

from __future__ import annotations

import json

import pytest

from tests.integration.modules.conftest import Guest

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci]

WEB = {"address": "192.0.2.146", "port": 80}
OTHER = {"address": "192.0.2.147", "port": 80}
VIP = {"address": "192.0.2.146/24", "interface": "eth0"}
UNIT = "lvs-vip-eth0-192.0.2.146-24.service"


def test_check_mode_diff_and_idempotence_by_ansible(guest: Guest) -> None:
    rules = ["-A -t 192.0.2.146:80 -s rr", "-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 2"]
    options = {**WEB, "scheduler": "rr"}
    predicted = guest.module("ipvs_service", "-C", "-D", **options)
    assert predicted["changed"]
    diff = f"@@ -0,0 +1 @@\n+{rules[0]}\n"
    assert diff in predicted["printed"]
    assert guest.run("ipvsadm -Sn") == ""
    assert diff in guest.module("ipvs_service", "-D", **options)["printed"]
    assert not guest.module("ipvs_service", **options)["changed"]
    added = guest.module("ipvs_dest", **WEB, destination="192.0.2.2", weight=2)
    assert added["destination"]["weight"] == 2
    info = guest.module("ipvs_info")
    assert (info["rules"], info["version"], info["connection_table_size"]) == (rules, "1.2.1", 4096)
    assert info["services"][0]["owner"] is None
    assert info["services"][0]["destinations"] == [added["destination"]]


def test_a_whole_table_and_what_an_error_in_its_middle_leaves(guest: Guest) -> None:
    head, row = "-A -t 192.0.2.146:80 -s rr", "-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 2"
    rows = [{"destination": "192.0.2.2", "weight": 2}]
    services = [{**WEB, "scheduler": "rr", "destinations": rows}]
    predicted = guest.module("ipvs_table", "-C", "-D", services=services, purge="all")
    assert predicted["operations"] == [head, row]
    assert f"@@ -0,0 +1,2 @@\n+{head}\n+{row}\n" in predicted["printed"]
    assert guest.run("ipvsadm -Sn") == ""
    # The second service cannot be: what was done before it stays, and is told.
    failed = guest.module("ipvs_table", services=[*services, {**OTHER, "scheduler": "nosuch"}])
    assert failed["msg"].startswith("This kernel has no IPVS scheduler 'nosuch'")
    assert (failed["changed"], failed["done"]) == (True, [head, row])
    assert failed["not_done"] == ["-A -t 192.0.2.147:80 -s nosuch"]
    again = guest.module("ipvs_table", services=services, purge="all")
    assert not again["changed"]
    assert again["services"][0]["destinations"][0]["weight"] == 2
    wrong = guest.module("ipvs_table", services=[*services, {"address": "192.0.2.147"}])
    assert wrong["msg"].startswith("services[1].port: ")
    info = guest.module("ipvs_info")
    assert (info["daemons"], info["timeouts"]) == ([], {"tcp": 900, "tcp_fin": 120, "udp": 300})


def test_what_a_running_daemon_owns_is_refused_unless_forced(guest: Guest) -> None:
    guest.run("ipvsadm -A -t 192.0.2.146:80 -s rr; ip address add 192.0.2.146/24 dev eth0")
    # A process whose command line is a daemon's; it ends with this test.
    daemon = "python3 -c 'import time; time.sleep(300)' laico_lvs.x"
    pid = int(guest.run(f"setsid {daemon} </dev/null >/dev/null 2>&1 & echo $!"))
    try:
        claim = {"pid": pid, "keys": ["tcp 192.0.2.146:80"], "addresses": ["192.0.2.146"]}
        record = {
            "services": {"ldirectord": {**claim, "source": "/etc/ha.d/ldirectord.cf"}},
            "addresses": {"heartbeat": {**claim, "source": "/etc/ha.d/haresources"}},
        }
        guest.run("mkdir -p /run/lvs; cat >/run/lvs/owned.json", json.dumps(record).encode())
        options = {**WEB, "scheduler": "wrr"}
        for flags in ([], ["-C"]):
            refused = guest.module("ipvs_service", *flags, **options)
            assert "belongs to the running ldirectord by /etc/ha.d/ldirectord.cf" in refused["msg"]
            assert "lvs_services" in refused["msg"]
        assert guest.run("ipvsadm -Sn").strip() == "-A -t 192.0.2.146:80 -s rr"
        dest = guest.module("ipvs_dest", **WEB, destination="192.0.2.2")
        assert "belongs to the running ldirectord" in dest["msg"]
        gone = guest.module("vip_address", **VIP, state="absent")
        assert "belongs to the running heartbeat by /etc/ha.d/haresources" in gone["msg"]
        assert "lvs_vips" in gone["msg"]
        assert guest.module("ipvs_info")["services"][0]["owner"] == "ldirectord"
        assert not guest.module("ipvs_service", **WEB, scheduler="rr")["changed"]
        assert guest.module("ipvs_service", **options, force=True)["changed"]
        assert guest.module("vip_address", **VIP, state="absent", force=True)["changed"]
    finally:
        guest.run(f"kill {pid}")
    assert guest.module("ipvs_service", **WEB, scheduler="lc")["changed"], "a dead one owns nothing"
    guest.run("rm -r /run/lvs")


def test_a_persistent_address_is_back_after_a_power_cut(guest: Guest) -> None:
    on_lo = {"address": "192.0.2.147/32", "interface": "lo"}
    assert guest.module("vip_address", "-C", **VIP, persistent=True)["operations"] == [
        "ip address add 192.0.2.146/24 dev eth0",
        f"systemctl enable {UNIT}",
    ]
    assert "192.0.2.146" not in guest.run("ip address")
    assert guest.module("vip_address", **VIP, persistent=True)["vip"]["persistent"]
    assert guest.module("vip_address", **on_lo, persistent=True)["vip"]["persistent"]
    assert not guest.module("vip_address", **VIP)["changed"], "left out, it stays as it is"
    guest.run("sync")
    guest.lab("power-off", guest.name)
    guest.lab("power-on", guest.name)
    script = f"for n in $(seq 100); do systemctl is-active -q {UNIT} && break; sleep 0.1; done; "
    shown = guest.run(script + "ip -o -4 address show")
    assert "192.0.2.146/24" in shown
    assert "192.0.2.147/32" in shown
    assert not guest.module("vip_address", **VIP, persistent=True)["changed"]
    # The unit goes, the address stays; so heartbeat adopts it.
    adopted = guest.module("vip_address", **VIP, persistent=False)
    assert adopted["operations"] == [f"systemctl disable {UNIT}"]
    assert "192.0.2.146/24" in guest.run("ip -o -4 address show")
    assert guest.run("ls /etc/systemd/system").count("lvs-vip") == 1
    guest.module("vip_address", **VIP, state="absent")
    guest.module("vip_address", **on_lo, state="absent")
    assert "lvs-vip" not in guest.run("ls -R /etc/systemd/system")
    assert "192.0.2.14" not in guest.run("ip address")


def test_a_kernel_without_ipvs_is_one_sentence(guest: Guest) -> None:
    guest.run(
        "ipvsadm -C; for m in $(lsmod | grep -o '^ip_vs_[a-z_]*'); do rmmod $m; done; rmmod ip_vs"
    )
    guest.run(
        "mkdir -p /etc/modprobe.d; echo 'install ip_vs /bin/false' >/etc/modprobe.d/none.conf"
    )
    try:
        for flags in ([], ["-C"]):
            result = guest.module("ipvs_service", *flags, **WEB)
            assert result["msg"].startswith("This kernel has no IPVS: "), result
        assert guest.module("ipvs_info")["is_available"] is False
    finally:
        guest.run("rm /etc/modprobe.d/none.conf")
    assert guest.module("ipvs_service", "-C", **WEB)["changed"]
    assert guest.module("ipvs_service", **WEB)["changed"], "the module is loaded again"
