# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor on a real host: what only a kernel with IPVS and its modules can show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.doctor.bench import DIRECTOR, OPTIONS, VIP, WEB, Doctor, produces
from tests.integration.modules.conftest import Guest

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci]

WANTED = {**DIRECTOR, "services": [{**WEB, "scheduler": "sed"}]}
SOUND = (
    "modprobe ip_vs; modprobe ip_vs_sed; cd /proc/sys/net/ipv4;"
    "for f in conf/eth0/promote_secondaries vs/expire_nodest_conn vs/conn_reuse_mode; do"
    " echo 1 >$f; done"
)
UNLOAD = "ipvsadm -C; for m in $(lsmod | grep -o '^ip_vs_[a-z]*'); do rmmod $m; done; rmmod ip_vs"
EXAMINE = """
import json, sys
from laico_lvs.doctor import examine
json.dump(examine(json.load(sys.stdin)), sys.stdout)
"""
# What ipvsadm does not let through, the kernel does.
OTHER_PORT = f"""
from laico_lvs.core import model
from laico_lvs.host.ipvs import Ipvs
service = model.Service(model.ServiceKey(4, "tcp", "{VIP}", 80))
dest = model.Destination(model.DestKey("192.0.2.2", 8080))
with Ipvs() as kernel:
    kernel.apply(model.TableOp("add_service", service))
    kernel.apply(model.TableOp("add_dest", service, dest))
"""


class OnGuest(Doctor):
    """The on-host package, run there."""

    def __init__(self, guest: Guest, folder: Path) -> None:
        super().__init__(folder)
        self.guest = guest

    def examine(self, **options: Any) -> dict[str, Any]:
        given = json.dumps({**OPTIONS, **options}).encode()
        found: dict[str, Any] = json.loads(self.run(EXAMINE, given))
        return found

    def run(self, code: str, stdin: bytes = b"") -> str:
        quoted = code.replace("'", "'\\''")
        return self.guest.run(f"cd /root/t && python3 -c '{quoted}'", stdin)


@pytest.fixture
def doctor(guest: Guest, tmp_path: Path) -> Iterator[OnGuest]:
    guest.run(SOUND)
    yield OnGuest(guest, tmp_path)
    guest.run("modprobe ip_vs; ipvsadm -C")


@contextmanager
def hidden(guest: Guest, module: str) -> Iterator[None]:
    """The kernel's modules are there but for this one."""
    guest.run(f"m=$(find /lib/modules -name {module}.ko) && mv $m $m.away && depmod")
    try:
        yield
    finally:
        guest.run(f"m=$(find /lib/modules -name {module}.ko.away) && mv $m ${{m%.away}} && depmod")


@produces("ipvs-missing", "ipvs-not-loaded", "scheduler-missing")
def test_modules_that_are_missing_or_not_loaded(doctor: OnGuest) -> None:
    guest = doctor.guest
    assert doctor.look(**WANTED) == {}
    guest.run(UNLOAD)
    assert set(doctor.look(**WANTED)) == {"ipvs-not-loaded"}
    assert "ip_vs" not in guest.run("lsmod"), "a look changes nothing"
    with hidden(guest, "ip_vs_sed"):
        assert "sed" in doctor.look(**WANTED)["scheduler-missing"]
    with hidden(guest, "ip_vs"):
        assert set(doctor.look(**WANTED)) == {"ipvs-missing"}
    guest.run(SOUND)
    assert doctor.look(**WANTED) == {}


@produces("port-differs", "expire-nodest-conn", "conn-reuse-mode")
def test_a_row_with_another_port_and_the_settings_of_ipvs(doctor: OnGuest) -> None:
    doctor.run(OTHER_PORT)
    vs = "/proc/sys/net/ipv4/vs"
    doctor.guest.run(f"echo 0 >{vs}/expire_nodest_conn; echo 0 >{vs}/conn_reuse_mode")
    found = doctor.look(**WANTED)
    assert f"sends port 80 of {VIP} to port 8080 of 192.0.2.2" in found["port-differs"]
    assert set(found) == {"port-differs", "expire-nodest-conn", "conn-reuse-mode"}
    doctor.guest.run(f"ipvsadm -C; {SOUND}")
    assert doctor.look(**WANTED) == {}


def test_by_ansible_the_inventory_says_what_the_host_is(doctor: OnGuest, guest: Guest) -> None:
    """Without options, in check mode, which is the same since nothing is changed."""
    guest.run("echo 0 >/proc/sys/net/ipv4/conf/eth0/promote_secondaries")
    extra = {"lvs_vips": [{"address": f"{VIP}/24", "interface": "eth0", "primary": guest.name}]}
    result = guest.module("lvs_doctor_info", "-C", "-e", json.dumps(extra))
    assert not result["changed"]
    assert result["is_sound"]
    assert [each["id"] for each in result["findings"]] == ["promote-secondaries"]
    assert result["lines"][0].startswith("warning promote-secondaries: kdir: ")
    assert (result["host"]["name"], result["host"]["roles"]) == ("kdir", ["director"])
    refused = guest.module("lvs_doctor_info", services=[{"vip": VIP, "port": "web"}])
    assert refused["msg"].startswith("services[0].port: 'web' is no port")
