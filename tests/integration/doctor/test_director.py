# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directors: each finding produced with the kernel's real state, seen, cured, gone.

What needs IPVS is in tests/integration/modules/test_doctor_info.py, what needs agents in
test_agents.py.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from tests.integration.doctor.bench import (
    DIRECTOR,
    OPTIONS,
    VIP,
    VIP6,
    WEB,
    Doctor,
    held_by,
    ordinary_user,
    produces,
    sysctl,
    until,
)
from tests.integration.doctor.networkd import FILE, Networkd
from tests.integration.modules.namespaces import inside, ip

ROOT = Path(__file__).resolve().parents[3]
DIRECTOR6 = {**DIRECTOR, "vips": [{"address": f"{VIP6}/64", "interface": "eth0"}]}
BOTH = {**DIRECTOR, "vips": [*DIRECTOR["vips"], *DIRECTOR6["vips"]]}


def mac_of(other: int) -> str:
    with inside(other), Addresses() as kernel:
        return kernel.links()["eth1"].mac


def test_a_sound_director_has_no_finding(doctor: Doctor, director: int) -> None:
    assert doctor.look(**BOTH) == {}
    ip("address", "add", f"{VIP}/24", "dev", "eth0")
    assert doctor.look(**BOTH) == {}


@pytest.mark.parametrize("address", [f"{VIP}/24", f"{VIP6}/64"])
@produces("vip-answered-by-stranger", "vip-held-twice")
def test_a_stranger_has_the_address(doctor: Doctor, director: int, address: str) -> None:
    vip = address.partition("/")[0]
    with held_by(director, address):
        found = doctor.look(**BOTH)
        assert set(found) == {"vip-answered-by-stranger"}
        assert mac_of(director) in found["vip-answered-by-stranger"]
        assert f"{vip} is answered for on eth0" in found["vip-answered-by-stranger"]
        ip("address", "add", address, "dev", "eth0", *(["nodad"] if ":" in vip else []))
        assert set(doctor.look(**BOTH)) == {"vip-held-twice"}
    assert doctor.look(**BOTH) == {}


@produces("vip-answered-by-realserver")
def test_a_real_server_answers_since_it_lacks_arp_ignore(doctor: Doctor, director: int) -> None:
    """Its name comes from the inventory, and its MAC from the neighbour table of the director, who
    has just checked it."""
    server = {"address": "192.0.2.3", "port": 80, "name": "web3"}
    wanted = {**DIRECTOR, "services": [{**WEB, "forward": "tunnel", "real_servers": [server]}]}
    ip("link", "set", "eth0", "mtu", "1520")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as check:
        check.sendto(b"x", ("192.0.2.3", 9))
    until(lambda: "lladdr" in ip("neighbour", "show", "192.0.2.3"), "its MAC is known")
    with inside(director):
        ip("address", "add", f"{VIP}/32", "dev", "lo")
        sysctl("all/arp_ignore", 0)
    found = doctor.look(**wanted)
    sentence = found["vip-answered-by-realserver"]
    assert f"the real server web3 (MAC {mac_of(director)})" in sentence
    with inside(director):
        sysctl("all/arp_ignore", 1)
    assert "vip-answered-by-realserver" not in doctor.look(**wanted)


@pytest.mark.tier_ci
def test_the_other_director_may_have_it(doctor: Doctor, director: int) -> None:
    peers = [{"name": "lb2", "roles": ["director"], "macs": [mac_of(director)]}]
    with held_by(director, f"{VIP}/24"):
        assert doctor.look(**DIRECTOR, peers=peers) == {}
        # The agent's memory of its last life does as well.
        Path(doctor.places.state).mkdir()
        Path(doctor.places.macs).write_text(f'{{"lb2": ["{mac_of(director)}"]}}', encoding="ascii")
        assert doctor.look(**DIRECTOR) == {}


@produces("promote-secondaries")
def test_the_address_goes_with_the_first_of_its_network(doctor: Doctor, director: int) -> None:
    def is_lost() -> bool:
        ip("address", "replace", "192.0.2.2/24", "dev", "eth0")
        ip("address", "replace", f"{VIP}/24", "dev", "eth0")
        ip("address", "del", "192.0.2.2/24", "dev", "eth0")
        return VIP not in ip("address", "show", "dev", "eth0")

    sysctl("eth0/promote_secondaries", 0)
    assert set(doctor.look(**DIRECTOR)) == {"promote-secondaries"}
    assert is_lost()
    sysctl("eth0/promote_secondaries", 1)
    assert doctor.look(**DIRECTOR) == {}
    assert not is_lost()


LEASED, FOR_EVER = VIP, "192.0.2.147"
# What a restart of networkd leaves of both, as this release of it does; the finding wants both.
KEPT = {"no": set(), "static": {FOR_EVER}, "yes": {LEASED, FOR_EVER}}


@produces("networkd-drops-addresses")
def test_a_restart_of_networkd_takes_foreign_addresses_away(doctor: Doctor, director: int) -> None:
    with Networkd() as networkd:
        doctor.root = networkd.root
        networkd.start()
        for keep, kept in KEPT.items():
            networkd.drop_in(keep)
            found = doctor.look(**DIRECTOR)
            assert (keep == "yes") == (found == {}), found
            assert keep == "yes" or FILE in found["networkd-drops-addresses"]
            assert after_restart(networkd) == kept, keep
        # Nobody has written a drop-in on most hosts.
        Path(networkd.root + f"{FILE}.d", "lvs.conf").unlink()
        assert set(doctor.look(**DIRECTOR)) == {"networkd-drops-addresses"}
        networkd.drop_in("yes")
        assert doctor.look(**DIRECTOR) == {}


def after_restart(networkd: Networkd) -> set[str]:
    """Which of the two addresses are there when networkd has begun anew."""
    with Addresses() as kernel:
        kernel.set("eth0", LEASED, 24, lease_s=60)
        kernel.set("eth0", FOR_EVER, 24)
        networkd.stop()
        networkd.start()
        return {held.address for held in kernel.list()} & {LEASED, FOR_EVER}


@pytest.mark.tier_ci
@produces("interface-missing")
def test_there_is_no_such_interface(doctor: Doctor, director: int) -> None:
    def named(interface: str) -> dict[str, Any]:
        return {**DIRECTOR, "vips": [{"address": VIP, "interface": interface}]}

    found = doctor.look(**named("eth7"))
    assert "it has eth0, lo" in found["interface-missing"]
    assert doctor.look(**named("eth0")) == {}


@pytest.mark.tier_ci
@produces("interface-down")
def test_the_interface_is_down_or_has_no_cable(doctor: Doctor, director: int) -> None:
    def set_there(state: str) -> None:
        with inside(director):
            ip("link", "set", "eth1", state)

    set_there("down")
    assert set(doctor.look(**DIRECTOR)) == {"interface-down"}, "no carrier"
    set_there("up")
    ip("link", "set", "eth0", "down")
    assert set(doctor.look(**DIRECTOR)) == {"interface-down"}
    ip("link", "set", "eth0", "up")
    with Addresses() as kernel:
        until(lambda: kernel.links()["eth0"].is_up, "eth0 is up")
    assert doctor.look(**DIRECTOR) == {}


@pytest.mark.tier_ci
@produces("ipv6-off")
def test_ipv6_is_switched_off(doctor: Doctor, director: int) -> None:
    sysctl("eth0/disable_ipv6", 1, "ipv6")
    assert set(doctor.look(**DIRECTOR6)) == {"ipv6-off"}
    sysctl("eth0/disable_ipv6", 0, "ipv6")
    assert doctor.look(**DIRECTOR6) == {}


@pytest.mark.tier_ci
@produces("dad-failed")
def test_another_host_had_the_address_first(doctor: Doctor, director: int) -> None:
    with held_by(director, f"{VIP6}/64"):
        ip("address", "add", f"{VIP6}/64", "dev", "eth0")
        until(lambda: "dadfailed" in ip("address", "show", "dev", "eth0"), "detection is over")
        assert "dad-failed" in doctor.look(**DIRECTOR6)
    ip("address", "del", f"{VIP6}/64", "dev", "eth0")
    ip("address", "add", f"{VIP6}/64", "dev", "eth0", "nodad")
    assert doctor.look(**DIRECTOR6) == {}


@pytest.mark.tier_ci
@pytest.mark.parametrize("vip", [VIP, VIP6])
@produces("tunnel-mtu")
def test_a_tunnel_needs_a_larger_mtu(doctor: Doctor, director: int, vip: str) -> None:
    wanted = {**BOTH, "services": [{"vip": vip, "port": 80, "forward": "tunnel"}]}
    needed = 1540 if ":" in vip else 1520
    for mtu in (1500, needed - 1, needed):
        ip("link", "set", "eth0", "mtu", str(mtu))
        assert ("tunnel-mtu" in doctor.look(**wanted)) == (mtu < needed)


@pytest.mark.tier_ci
@produces("port-differs")
def test_direct_routing_cannot_change_the_port(doctor: Doctor, director: int) -> None:
    def served_at(port: int) -> dict[str, Any]:
        server = {"address": "192.0.2.3", "port": port}
        return {**DIRECTOR, "services": [{**WEB, "real_servers": [server]}]}

    assert "port 8080 of 192.0.2.3" in doctor.look(**served_at(8080))["port-differs"]
    assert "port-differs" not in doctor.look(**served_at(80))


@produces("unreadable")
def test_who_may_not_ask_the_wire_is_told_so(doctor: Doctor, director: int) -> None:
    with ordinary_user():
        found = doctor.look(**DIRECTOR)
    assert set(found) == {"unreadable"}
    assert f"who answers for {VIP} on eth0" in found["unreadable"]
    assert "not permitted" in found["unreadable"]
    assert doctor.look(**DIRECTOR) == {}


ODD = """
mount -t tmpfs none /proc/sys && mount -t tmpfs none /sys && exec "$@"
"""
EXAMINE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.unit.conftest import make_collection_importable
make_collection_importable()
from ansible_collections.laico.lvs.plugins.module_utils._lvs.doctor import examine
json.dump(examine(json.loads(sys.argv[2])), sys.stdout)
"""


@produces("unreadable")
def test_a_kernel_without_proc_sys_is_a_finding(doctor: Doctor, director: int) -> None:
    words = ["unshare", "--mount", "sh", "-c", ODD, "sh", sys.executable, "-c", EXAMINE]
    options = json.dumps({**OPTIONS, **DIRECTOR})
    done = subprocess.run(
        [*words, str(ROOT), options],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    (found,) = json.loads(done.stdout)["findings"]
    doctor.looks.append({found["id"]})
    assert "/proc/sys/net/ipv4 could not be read (it is not there)" in found["sentence"]
    assert doctor.look(**DIRECTOR) == {}


LDIRECTORD_CF = f"""\
virtual = {VIP}:80
    real = 192.0.2.3 ipip
    service = http
    scheduler = rr
    passwd = "not-in-any-finding"
"""


@pytest.mark.tier_ci
@produces("unreadable", "tunnel-mtu")
def test_a_file_that_is_wrong_is_a_finding_without_what_stands_in_it(
    doctor: Doctor, director: int
) -> None:
    """A director is judged by its own files where nobody says more."""
    file = Path(doctor.places.config, "ldirectord.cf")
    file.parent.mkdir()
    file.write_text(LDIRECTORD_CF.replace('rr\n    passwd = "', "rr 'passwd"), encoding="ascii")
    found = doctor.look(vips=DIRECTOR["vips"])
    assert f"{file}:4" in found["unreadable"]
    assert "not-in-any-finding" not in str(found)
    file.write_text(LDIRECTORD_CF, encoding="ascii")
    found = doctor.look(vips=DIRECTOR["vips"])
    assert "unreadable" not in found
    assert "not-in-any-finding" not in str(found)
    assert "tunnel-mtu" in found, "the service is known from the file"
    ip("link", "set", "eth0", "mtu", "1520")
    assert "tunnel-mtu" not in doctor.look(vips=DIRECTOR["vips"])
