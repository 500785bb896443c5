# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipvs_table against a real kernel; `ipvsadm` is the oracle, and what is sent is counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.modules.conftest import Guest
from tests.integration.modules.tables import hundred_by_ten, hundred_by_ten_rules

pytestmark = pytest.mark.lab

WEB: dict[str, Any] = {"address": "192.0.2.146", "port": "80"}
W = "-t 192.0.2.146:80"
FOREIGN = ["-A -u 192.0.2.146:53 -s rr", "-a -u 192.0.2.146:53 -r 192.0.2.9:53 -g -w 1"]
# Everything ipvsadm can say, by its own words: what it made is read, taken away, and made by us.
RULES = """
-A -t 192.0.2.146:80 -s wrr
-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 0
-a -t 192.0.2.146:80 -r 192.0.2.3:80 -g -w 65535
-a -t 192.0.2.146:80 -r 198.51.100.2:8080 -m -w 1
-a -t 192.0.2.146:80 -r 198.51.100.3:80 -i -w 1 --tun-type ipip
-a -t 192.0.2.146:80 -r 198.51.100.4:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-a -t 192.0.2.146:80 -r 198.51.100.5:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-csum
-a -t 192.0.2.146:80 -r 198.51.100.6:80 -i -w 1 --tun-type gue --tun-port 6082 --tun-remcsum
-a -t 192.0.2.146:80 -r 198.51.100.7:80 -i -w 1 --tun-type gre --tun-nocsum
-a -t 192.0.2.146:80 -r 198.51.100.8:80 -i -w 1 --tun-type gre --tun-csum
-a -t 192.0.2.146:80 -r [2001:db8::2]:80 -i -w 1 --tun-type ipip
-A -t 192.0.2.146:0 -s sh -p 360 -b sh-fallback
-A -t 192.0.2.146:443 -s sh -p 300 -M 255.255.255.0 -b sh-fallback,sh-port
-A -t [2001:db8::146]:80 -s mh -p 60 -M 64 -b mh-fallback,mh-port
-a -t [2001:db8::146]:80 -r [2001:db8::2]:80 -g -w 1
-a -t [2001:db8::146]:80 -r [2001:db8::3]:8080 -m -w 1
-a -t [2001:db8::146]:80 -r 192.0.2.9:80 -i -w 1 --tun-type ipip
-A -u 192.0.2.146:53 -s rr -o
-a -u 192.0.2.146:53 -r 192.0.2.2:53 -g -w 1
-A -u 192.0.2.146:5060 -s rr -p 60 --pe sip
-A -u 192.0.2.146:5061 -s rr -p 60 --pe sip -o
-A --sctp-service 192.0.2.146:9899 -s wlc
-a --sctp-service 192.0.2.146:9899 -r 192.0.2.2:9899 -m -w 3
-A --sctp-service [2001:db8::146]:9899 -s rr -b flag-3
-A -f 7 -s rr -o
-a -f 7 -r 192.0.2.2:0 -g -w 1
-a -f 7 -r 198.51.100.4:0 -i -w 1 --tun-type ipip
-A -f 7 -6 -s rr -p 30
-a -f 7 -6 -r [2001:db8::2]:0 -g -w 1
-A -f 2147483647 -s wlc
""".strip().splitlines()
THRESHOLDS = "-e -t 192.0.2.146:80 -r 192.0.2.3:80 -g -w 65535 -x 2147483647 -y 7"
READ = """
import json, sys
from laico_lvs.host.ipvs_survey import read_all
json.dump(read_all()["services"], sys.stdout)
"""


def run_table(guest: Guest, *services: dict[str, Any], purge: str = "none") -> dict[str, Any]:
    """One step; check mode predicted it, a second run sends no write."""
    (result,) = guest.steps(("table", {"services": list(services), "purge": purge}))
    assert "error" not in result, result
    assert result["checked"] == result["before"], "check mode changed something"
    for told in ("operations", "after"):
        assert result["predicted"][told] == result["done"][told]
    after = [re.sub(r" -[xy] \d+", "", line) for line in result["done"]["after"]]
    assert sorted(after) == result["saved"], "the whole table is predicted"
    assert result["done"]["sent"]["writes"] == len(result["done"]["operations"])
    assert result["again"]["operations"] == []
    assert result["again"]["sent"]["writes"] == 0
    return result


def server(number: int, **options: Any) -> dict[str, Any]:
    return {"destination": f"192.0.2.{number}", **options}


def load(guest: Guest, *rules: str) -> None:
    guest.run("ipvsadm -R", "".join(f"{rule}\n" for rule in rules).encode())


def test_all_that_ipvsadm_can_say_is_said(guest: Guest) -> None:
    load(guest, *RULES, THRESHOLDS)
    saved = sorted(line.strip() for line in guest.run("ipvsadm -Sn").splitlines())
    assert saved == sorted(RULES), "ipvsadm itself says it so"
    thresholds = thresholds_of(guest)
    assert any(row.split()[2:4] == ["2147483647", "7"] for row in thresholds if "2.3:80" in row)
    read = json.loads(guest.run("cd /root/t && python3 -", READ.encode()))
    services = [as_options(values) for values in read]
    assert run_table(guest, *services, purge="all")["done"]["operations"] == []
    guest.run("ipvsadm -C")
    assert run_table(guest, *services, purge="all")["saved"] == saved
    assert thresholds_of(guest) == thresholds


def thresholds_of(guest: Guest) -> list[str]:
    return sorted(guest.run("ipvsadm -Ln --thresholds").splitlines())


def as_options(values: dict[str, Any]) -> dict[str, Any]:
    """What ipvs_info returns of a service as an entry of ipvs_table."""
    del values["owner"]
    for number in ("port", "persistence_netmask"):
        values[number] = None if values[number] is None else str(values[number])
    if not values["persistence_timeout"]:
        values["persistence_netmask"] = None
    values["protocol"] = values["protocol"] or "tcp"
    for row in values["destinations"]:
        row["destination_port"] = str(row["destination_port"])
        del row["active_connections"], row["inactive_connections"]
    return values


def test_new_servers_come_before_old_ones_go_and_services_go_last(guest: Guest) -> None:
    load(guest, f"-A {W} -s rr", f"-a {W} -r 192.0.2.2:80 -g -w 1", *FOREIGN)
    entry = {**WEB, "scheduler": "rr", "destinations": [server(4), server(3, weight=0)]}
    assert run_table(guest, entry, purge="all")["done"]["operations"] == [
        f"-a {W} -r 192.0.2.4:80 -g -w 1",
        f"-a {W} -r 192.0.2.3:80 -g -w 0",
        f"-d {W} -r 192.0.2.2:80",
        "-D -u 192.0.2.146:53",
    ]
    swapped = {**WEB, "scheduler": "rr", "destinations": [server(4, weight=0), server(3)]}
    assert run_table(guest, swapped)["done"]["operations"] == [
        f"-e {W} -r 192.0.2.3:80 -g -w 1",
        f"-e {W} -r 192.0.2.4:80 -g -w 0",
    ]


@pytest.mark.parametrize(
    ("purge", "others"),
    [
        ("none", [*FOREIGN, f"-a {W} -r 192.0.2.2:80 -g -w 5"]),
        ("destinations", FOREIGN),
        ("all", []),
    ],
)
def test_purge_says_what_of_the_rest_goes(guest: Guest, purge: str, others: list[str]) -> None:
    load(guest, *FOREIGN, f"-A {W} -s rr -p 60", f"-a {W} -r 192.0.2.2:80 -g -w 5")
    result = run_table(guest, {**WEB, "destinations": [server(3)]}, purge=purge)
    # The scheduler and the persistence, left out, are reset.
    mine = [f"-A {W} -s wlc", f"-a {W} -r 192.0.2.3:80 -g -w 1"]
    assert result["saved"] == sorted(mine + others)


def test_an_empty_list_changes_nothing_and_with_purge_all_clears(guest: Guest) -> None:
    load(guest, *FOREIGN)
    assert run_table(guest)["saved"] == FOREIGN
    assert run_table(guest, purge="destinations")["saved"] == FOREIGN
    assert run_table(guest, purge="all")["saved"] == []


@pytest.fixture
def named(guest: Guest) -> Iterator[Guest]:
    """A host that knows some names."""
    hosts = "198.51.100.7 one.test\n198.51.100.8 two.test\n198.51.100.9 two.test\n"
    hosts += "198.51.100.10 both.test\n2001:db8::10 both.test\n"
    guest.run("cp -p /etc/hosts /root/hosts; cat >>/etc/hosts", hosts.encode())
    yield guest
    guest.run("mv /root/hosts /etc/hosts")


def test_names_are_resolved_on_the_host(named: Guest) -> None:
    row = {"destination": "one.test", "destination_port": "http-alt", "forward": "masquerade"}
    entry = {"address": "both.test", "family": "ipv4", "port": "http", "destinations": [row]}
    assert run_table(named, entry)["saved"] == [
        "-A -t 198.51.100.10:80 -s wlc",
        "-a -t 198.51.100.10:80 -r 198.51.100.7:8080 -m -w 1",
    ]
    for bad, words in (
        ({"destination": "two.test"}, r"destination: two\.test has several .*198\.51\.100\.8, 198"),
        ({"destination": "none.invalid"}, r"destination: none\.invalid is no address"),
        ({"destination": "one.test", "destination_port": "x"}, r"destination_port: x is no tcp"),
    ):
        services = [WEB, {**entry, "destinations": [row, bad]}]
        (result,) = named.steps(("table", {"services": services}))
        assert re.match(rf"services\[1\]\.destinations\[1\]\.{words}", result["error"]), result
        assert result["saved"] == result["before"]


def test_what_a_daemon_owns_is_refused_as_a_whole(guest: Guest) -> None:
    load(guest, *FOREIGN, f"-A {W} -s rr")
    daemon = "python3 -c 'import time; time.sleep(60)' laico_lvs.x"
    pid = int(guest.run(f"setsid {daemon} </dev/null >/dev/null 2>&1 & echo $!"))
    claim = {"pid": pid, "source": "/etc/ha.d/ldirectord.cf", "keys": ["udp 192.0.2.146:53"]}
    record = {"services": {"lvs-ldirectord": claim}}
    guest.run("mkdir -p /run/lvs; cat >/run/lvs/owned.json", json.dumps(record).encode())
    try:
        asked = {"services": [WEB], "purge": "all"}
        refused, forced = guest.steps(("table", asked), ("table", {**asked, "force": True}))
        assert re.match(
            r"The virtual service -u 192\.0\.2\.146:53 belongs to the running lvs-ldirectord by "
            r"/etc/ha\.d/ldirectord\.cf: change lvs_services",
            refused["error"],
        )
        assert refused["saved"] == refused["before"]
        assert forced["saved"] == [f"-A {W} -s wlc"]
    finally:
        guest.run(f"kill {pid}; rm -r /run/lvs")


def test_a_thousand_rows_are_planned_once_and_only_what_differs_is_sent(guest: Guest) -> None:
    services = hundred_by_ten()
    assert len(services) == 100
    whole = run_table(guest, *services, purge="all")
    assert whole["saved"] == sorted(hundred_by_ten_rules())
    assert whole["done"]["sent"] == {"reads": 1, "writes": 1100}
    # One dump of the services, one of the destinations of each: there is no dump of all.
    assert whole["again"]["sent"] == {"reads": 101, "writes": 0}
    services[41]["destinations"][7]["weight"] = 9
    one = run_table(guest, *services, purge="all")
    assert one["done"]["sent"] == {"reads": 101, "writes": 1}
    assert len(one["done"]["operations"]) == 1
