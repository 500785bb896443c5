# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules by ansible on a real host that are kept from something, or fail in the middle of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules.conftest import ROOT, Guest

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci]

VIP = {"address": "192.0.2.146/24", "interface": "eth0"}
UNITS = "/etc/systemd/system"
UNIT = "lvs-vip-eth0-192.0.2.146-24.service"
KEYS = ["tcp 192.0.2.146:80"]
HA_CF = "/etc/ha.d/ha.cf"
BLOCK = "# BEGIN laico.lvs heartbeat\nkeepalive 1\n# END laico.lvs heartbeat\ndebug 0\n"


@contextmanager
def broken(guest: Guest, breaking: str, mending: str) -> Iterator[None]:
    guest.run(breaking)
    try:
        yield
    finally:
        guest.run(mending)


def diff(result: dict[str, Any]) -> str:
    """What ansible printed before the result."""
    return str(result["printed"]).partition("kdir | ")[0]


def claim(guest: Guest, pid: int) -> None:
    """Both daemons, by their names, own the web service and the VIP."""
    one = {"pid": pid, "keys": KEYS, "addresses": ["192.0.2.146"], "source": "/etc/ha.d/x"}
    record = {"services": {"lvs-ldirectord": one}, "addresses": {"lvs-heartbeat": one}}
    guest.run("mkdir -p /run/lvs; cat >/run/lvs/owned.json", json.dumps(record).encode())


PLAYS = f"""
- hosts: kdir
  gather_facts: false
  tasks: &tasks
    - laico.lvs.ipvs_service: {{address: 192.0.2.146, port: 80, scheduler: wrr}}
      ignore_errors: true
    - laico.lvs.vip_address: {json.dumps({**VIP, "state": "absent"})}
      ignore_errors: true
- hosts: kdir
  gather_facts: false
  module_defaults:
    group/laico.lvs.lvs: {{force: true}}
  tasks: *tasks
"""


def test_defaults_of_the_action_group_reach_the_modules(guest: Guest, tmp_path: Path) -> None:
    """What a daemon owns is refused, and with force by the group's defaults it is not."""
    (tmp_path / "plays.yml").write_text(PLAYS)
    guest.run("ipvsadm -A -t 192.0.2.146:80 -s rr; ip address add 192.0.2.146/24 dev eth0")
    daemon = "python3 -c 'import time; time.sleep(300)' laico_lvs.x"
    pid = int(guest.run(f"setsid {daemon} </dev/null >/dev/null 2>&1 & echo $!"))
    with broken(guest, "true", f"kill {pid}; rm -r /run/lvs"):
        claim(guest, pid)
        words = [str(ROOT / ".venv/bin/ansible-playbook"), "-i", guest.inventory]
        done = subprocess.run(
            [*words, str(tmp_path / "plays.yml")],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_FORCE_COLOR": "false"},
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    for owner, place in (("lvs-ldirectord", "lvs_services"), ("lvs-heartbeat", "lvs_vips")):
        assert f"belongs to the running {owner} by /etc/ha.d/x: change {place}" in done.stdout
    assert "changed=2 " in done.stdout
    assert "ignored=2 " in done.stdout
    assert guest.run("ipvsadm -Sn").split() == ["-A", "-t", "192.0.2.146:80", "-s", "wrr"]


def test_an_address_whose_unit_cannot_be_written(guest: Guest) -> None:
    blocked = f"{UNITS}/{UNIT}.new"
    with broken(guest, f"mkdir {blocked}", f"rmdir {blocked}"):
        failed = guest.module("vip_address", **VIP, persistent=True)
    assert failed["msg"].startswith(f"{blocked}: the unit cannot be written (Is a directory)")
    assert (failed["changed"], failed["done"]) == (True, ["ip address add 192.0.2.146/24 dev eth0"])
    assert failed["not_done"] == [f"systemctl enable {UNIT}", "announce 192.0.2.146 on eth0"]
    # What a killed run leaves of a unit: nothing, one that is not enabled, only the link.
    for part in ("none", UNIT, f"multi-user.target.wants/{UNIT}"):
        guest.run(f"rm -f {UNITS}/{part}")
        mended = guest.module("vip_address", **VIP, persistent=True)
        assert mended["operations"] == failed["not_done"][:1]
    guest.module("vip_address", **VIP, state="absent")
    assert guest.run(f"find /etc/systemd /run/systemd -name '{UNIT}*'") == ""


def test_a_unit_that_does_not_start_after_an_old_one_was_stopped(guest: Guest) -> None:
    service = "printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/{}\\n"
    service += "[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/{}.service;"
    make = service.format("true", "keepalived") + service.format("false", "lvs-new")
    names = "keepalived.service lvs-new.service"
    with broken(
        guest,
        f"{make} systemctl daemon-reload; systemctl start keepalived",
        f"systemctl disable {names}; cd {UNITS}; rm {names}; systemctl daemon-reload;"
        "systemctl reset-failed",
    ):
        units = [{"name": "lvs-new.service"}]
        failed = guest.module("lvs_setup", units=units, replaces=["keepalived"])
        assert "`systemctl start lvs-new.service` failed" in failed["msg"]
        assert failed["done"] == ["unit keepalived", "unit lvs-new.service"]
        assert failed["not_done"] == ["unit lvs-new.service"]
        states = guest.run("systemctl is-active keepalived lvs-new; true").split()
        assert states == ["inactive", "failed"]


def test_rows_that_a_daemon_left_go_with_its_unit_and_others_stay(guest: Guest) -> None:
    others = ["-A -t 192.0.2.147:80 -s rr", "-a -t 192.0.2.147:80 -r 192.0.2.2:80 -g -w 1"]
    rows = ["-A -t 192.0.2.146:80 -s rr", *others]
    guest.run("".join(f"ipvsadm {row};" for row in rows))
    with broken(guest, "true", "rm -rf /run/lvs"):
        claim(guest, 2**22)
        options = {"name": "lvs-ldirectord.service", "state": "absent"}
        told = guest.module("lvs_unit", "-C", "-D", **options)
        assert guest.run("ipvsadm -Sn").splitlines() == rows
        done = guest.module("lvs_unit", "-D", **options)
        assert (told["changed"], done["changed"]) == (True, True)
        assert diff(done) == diff(told)
        assert "--- before: IPVS table" in diff(done)
        assert guest.run("ipvsadm -Sn").splitlines() == others
        assert not guest.module("lvs_unit", **options)["changed"]


def test_a_director_is_named_in_the_roles_file_and_in_nobody_elses(guest: Guest) -> None:
    one = {"type": "ucast", "interface": "eth0", "address": "192.0.2.12"}
    two = {"type": "mcast", "interface": "eth0", "group": "239.0.0.1"}
    peer: dict[str, Any] = {"name": "laicoy", "links": [one, two]}
    with broken(guest, "mkdir -p /etc/ha.d", "rm -r /etc/ha.d"):
        guest.run(f"cat >{HA_CF}; chmod 0640 {HA_CF}", BLOCK.encode())
        told = guest.module("heartbeat_peer", "-C", "-D", **peer)
        assert guest.run(f"cat {HA_CF}") == BLOCK
        done = guest.module("heartbeat_peer", "-D", **peer)
        assert diff(done) == diff(told) != ""
        assert done["lines"] == [
            "node laicoy",
            "ucast eth0 192.0.2.12",
            "mcast eth0 239.0.0.1 694 1 0",
        ]
        assert not guest.module("heartbeat_peer", **peer)["changed"]
        less = guest.module("heartbeat_peer", **{**peer, "links": [one]})
        assert less["lines"] == ["node laicoy", "ucast eth0 192.0.2.12"]
        assert guest.module("heartbeat_peer", name="laicoy", state="absent")["changed"]
        assert guest.run(f"cat {HA_CF}; stat -c %a {HA_CF}") == f"{BLOCK}640\n"
        guest.run(f"echo 'node laicoz laicoy' >>{HA_CF}")
        for flags in ([], ["-C"]):
            refused = guest.module("heartbeat_peer", *flags, **peer)
            assert refused["msg"].startswith(f"{HA_CF}: `node laicoz laicoy` stands outside of")
            assert "heartbeat_config_src" in refused["msg"]
