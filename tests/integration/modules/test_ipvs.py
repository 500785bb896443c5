# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IPVS modules against a real kernel; `ipvsadm` is the oracle.

After each step the saved table equals the expected one, check mode changed nothing and predicted
exactly that, and a second run has nothing to do.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.modules.conftest import Guest

pytestmark = pytest.mark.lab

WEB = {"address": "192.0.2.146", "port": "80"}
DNS = {"address": "192.0.2.146", "port": "53", "protocol": "udp"}
SIX = {"address": "2001:db8::146", "port": "80"}
MARK = {"fwmark": 7}
MARK6 = {"fwmark": 8, "family": "ipv6"}
ONE, TWO = {"destination": "192.0.2.2"}, {"destination": "192.0.2.3"}
W, D, S, M, M6 = (
    "-t 192.0.2.146:80",
    "-u 192.0.2.146:53",
    "-t [2001:db8::146]:80",
    "-f 7",
    "-f 8 -6",
)

Step = tuple[str, dict[str, Any]]


def service(**options: Any) -> Step:
    return "service", options


def dest(**options: Any) -> Step:
    return "dest", options


def without_thresholds(line: str) -> str:
    return re.sub(r" -[xy] \d+", "", line)


def check(guest: Guest, *steps: tuple[Step, list[str]]) -> list[dict[str, Any]]:
    """Each step with the lines that `ipvsadm -Sn` is to print after it."""
    results = guest.steps(*(step for step, _lines in steps))
    for (step, lines), result in zip(steps, results, strict=True):
        assert "error" not in result, (step, result)
        assert result["checked"] == result["before"], (step, "check mode changed something")
        assert result["saved"] == sorted(lines), step
        for told in ("operations", "after"):
            assert result["predicted"][told] == result["done"][told], step
        predicted = set(map(without_thresholds, result["predicted"]["after"]))
        others = {line for line in result["before"] if not belongs(line, step[1])}
        assert predicted | others == set(result["saved"]), step
        assert result["again"]["operations"] == [], step
        assert result["done"]["sent"]["writes"] == len(result["done"]["operations"]), step
        assert result["again"]["sent"]["writes"] == 0, step
    return results


def belongs(line: str, options: dict[str, Any]) -> bool:
    """Is a saved line about the service that a step names?"""
    if "fwmark" in options:
        key = f"-f {options['fwmark']}" + (" -6" if options.get("family") == "ipv6" else "")
    else:
        host = f"[{options['address']}]" if ":" in options["address"] else options["address"]
        option = {"udp": "-u", "sctp": "--sctp-service"}.get(options.get("protocol", ""), "-t")
        key = f"{option} {host}:{options['port']}"
    return f" {key} " in line


def test_a_service_from_creation_to_removal(guest: Guest) -> None:
    check(
        guest,
        (service(**WEB), [f"-A {W} -s wlc"]),
        (service(**WEB, scheduler="rr"), [f"-A {W} -s rr"]),
        (service(**WEB), [f"-A {W} -s rr"]),
        (service(**WEB, persistence_timeout=60), [f"-A {W} -s rr -p 60"]),
        (
            service(**WEB, persistence_netmask="255.255.255.0"),
            [f"-A {W} -s rr -p 60 -M 255.255.255.0"],
        ),
        (service(**WEB, scheduler="sh"), [f"-A {W} -s sh -p 60 -M 255.255.255.0"]),
        (
            service(**WEB, scheduler_flags=["sh-port", "sh-fallback"]),
            [f"-A {W} -s sh -p 60 -M 255.255.255.0 -b sh-fallback,sh-port"],
        ),
        (service(**WEB, persistence_timeout=0), [f"-A {W} -s sh -b sh-fallback,sh-port"]),
        (service(**WEB, scheduler_flags=[]), [f"-A {W} -s sh"]),
        (service(**WEB, state="absent"), []),
        (service(**WEB, state="absent"), []),
    )


def test_services_of_every_kind(guest: Guest) -> None:
    check(
        guest,
        (service(**SIX, scheduler="wrr"), [f"-A {S} -s wrr"]),
        (service(**SIX, persistence_timeout=300), [f"-A {S} -s wrr -p 300"]),
        (service(**SIX, persistence_netmask="64"), [f"-A {S} -s wrr -p 300 -M 64"]),
        (service(**SIX, state="absent"), []),
        (service(**DNS, one_packet=True), [f"-A {D} -s wlc -o"]),
        (
            service(**DNS, persistence_timeout=90, persistence_engine="sip"),
            [f"-A {D} -s wlc -p 90 --pe sip -o"],
        ),
        (service(**DNS, one_packet=False), [f"-A {D} -s wlc -p 90 --pe sip"]),
        (service(**DNS, persistence_engine=""), [f"-A {D} -s wlc -p 90"]),
        (service(**DNS, state="absent"), []),
        (service(**MARK, scheduler="mh"), [f"-A {M} -s mh"]),
        (
            service(**MARK6, scheduler="mh", scheduler_flags=["mh-port"]),
            [f"-A {M} -s mh", f"-A {M6} -s mh -b mh-port"],
        ),
        (service(**MARK, state="absent"), [f"-A {M6} -s mh -b mh-port"]),
        (service(**MARK6, state="absent"), []),
        (
            service(address="192.0.2.146", port="0", persistence_timeout=30),
            ["-A -t 192.0.2.146:0 -s wlc -p 30"],
        ),
    )


SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "mh", "sed", "nq", "fo", "ovf"]


def test_every_scheduler_of_the_kernel(guest: Guest) -> None:
    found = guest.run("find /lib/modules -name 'ip_vs_*.ko*'")
    modules = set(re.findall(r"/ip_vs_(\w+)\.ko", found)) - {"ftp", "pe_sip"}
    assert modules == set(SCHEDULERS), "test the schedulers that this kernel brings"
    check(guest, *((service(**WEB, scheduler=name), [f"-A {W} -s {name}"]) for name in SCHEDULERS))


def test_a_destination_from_creation_to_removal(guest: Guest) -> None:
    head = f"-A {W} -s rr"
    one = f"-a {W} -r 192.0.2.2:80"
    two = f"-a {W} -r 192.0.2.3:80 -g -w 1"
    results = check(
        guest,
        (service(**WEB, scheduler="rr"), [head]),
        (dest(**WEB, **ONE), [head, f"{one} -g -w 1"]),
        (dest(**WEB, **TWO), [head, f"{one} -g -w 1", two]),
        (dest(**WEB, **ONE, weight=0), [head, f"{one} -g -w 0", two]),
        (dest(**WEB, **ONE), [head, f"{one} -g -w 0", two]),
        (dest(**WEB, **ONE, weight=65535), [head, f"{one} -g -w 65535", two]),
        (
            dest(**WEB, **ONE, upper_threshold=100, lower_threshold=50),
            [head, f"{one} -g -w 65535", two],
        ),
        (dest(**WEB, **ONE, forward="masquerade"), [head, f"{one} -m -w 65535", two]),
        (dest(**WEB, **ONE, forward="tunnel"), [head, f"{one} -i -w 65535 --tun-type ipip", two]),
        (dest(**WEB, **ONE, state="absent"), [head, two]),
        (dest(**WEB, **ONE, state="absent"), [head, two]),
        (service(**WEB, state="absent"), []),
        (dest(**WEB, **ONE, state="absent"), []),
    )
    (row,) = (line for line in results[6]["thresholds"] if "192.0.2.2:80" in line)
    assert row.split()[1:4] == ["192.0.2.2:80", "100", "50"], row


def test_destinations_of_every_kind(guest: Guest) -> None:
    web, six, mark = f"-A {W} -s wlc", f"-A {S} -s wlc", f"-A {M} -s wlc"
    masq = f"-a {W} -r 198.51.100.2:8080 -m -w 1"
    gue = f"-a {W} -r 198.51.100.3:80 -i -w 1 --tun-type gue"
    gre = f"-a {M} -r 198.51.100.4:0 -i -w 1 --tun-type gre"
    check(
        guest,
        (service(**WEB), [web]),
        (
            dest(**WEB, destination="198.51.100.2", destination_port="8080", forward="masquerade"),
            [web, masq],
        ),
        (
            dest(
                **WEB,
                destination="198.51.100.3",
                forward="tunnel",
                tunnel_type="gue",
                tunnel_port=6080,
            ),
            [web, masq, f"{gue} --tun-port 6080 --tun-nocsum"],
        ),
        (
            dest(**WEB, destination="198.51.100.3", tunnel_flags="csum", tunnel_port=6081),
            [web, masq, f"{gue} --tun-port 6081 --tun-csum"],
        ),
        (
            dest(**WEB, destination="198.51.100.3", tunnel_flags="remcsum"),
            [web, masq, f"{gue} --tun-port 6081 --tun-remcsum"],
        ),
        (
            dest(**WEB, destination="198.51.100.3", forward="direct"),
            [web, masq, f"-a {W} -r 198.51.100.3:80 -g -w 1"],
        ),
        (service(**WEB, state="absent"), []),
        (service(**MARK), [mark]),
        (
            dest(**MARK, destination="198.51.100.4", forward="tunnel", tunnel_type="gre"),
            [mark, f"{gre} --tun-nocsum"],
        ),
        (service(**MARK, state="absent"), []),
        (service(**SIX), [six]),
        (
            dest(**SIX, destination="2001:DB8:0::2"),
            [six, f"-a {S} -r [2001:db8::2]:80 -g -w 1"],
        ),
        (
            dest(**SIX, destination="192.0.2.9", forward="tunnel"),
            [
                six,
                f"-a {S} -r [2001:db8::2]:80 -g -w 1",
                f"-a {S} -r 192.0.2.9:80 -i -w 1 --tun-type ipip",
            ],
        ),
        (
            dest(**SIX, destination="192.0.2.9", state="absent"),
            [six, f"-a {S} -r [2001:db8::2]:80 -g -w 1"],
        ),
    )


SCTP = {"address": "192.0.2.146", "port": "9899", "protocol": "sctp"}
SCTP6 = {"address": "2001:db8::146", "port": "9899", "protocol": "sctp"}
C, C6 = "--sctp-service 192.0.2.146:9899", "--sctp-service [2001:db8::146]:9899"


def test_sctp_and_a_tunnel_to_the_other_family(guest: Guest) -> None:
    c, c6, web = f"-A {C} -s rr", f"-A {C6} -s wlc -b flag-3", f"-A {W} -s wlc"
    row = f"-a {C} -r 192.0.2.2:9900 -m -w 1"
    check(
        guest,
        (service(**SCTP, scheduler="rr"), [c]),
        (dest(**SCTP, **ONE, destination_port="9900", forward="masquerade"), [c, row]),
        (service(**SCTP6, scheduler_flags=["flag-3"]), [c, row, c6]),
        (service(**SCTP6, state="absent"), [c, row]),
        (service(**SCTP, state="absent"), []),
        (service(**WEB), [web]),
        (
            dest(**WEB, destination="2001:db8::2", forward="tunnel"),
            [web, f"-a {W} -r [2001:db8::2]:80 -i -w 1 --tun-type ipip"],
        ),
    )


def test_a_tunnel_of_another_type_forgets_what_it_does_not_have(guest: Guest) -> None:
    web, row = f"-A {W} -s wlc", f"-a {W} -r 192.0.2.2:80 -i -w 1 --tun-type"
    gue = {"forward": "tunnel", "tunnel_type": "gue", "tunnel_port": 6080}
    check(
        guest,
        (service(**WEB), [web]),
        (
            dest(**WEB, **ONE, **gue, tunnel_flags="csum"),
            [web, f"{row} gue --tun-port 6080 --tun-csum"],
        ),
        (dest(**WEB, **ONE, tunnel_type="gre"), [web, f"{row} gre --tun-csum"]),
        (dest(**WEB, **ONE, tunnel_type="ipip"), [web, f"{row} ipip"]),
        (dest(**WEB, **ONE, tunnel_type="gre"), [web, f"{row} gre --tun-nocsum"]),
    )


def test_the_director_as_its_own_real_server(guest: Guest) -> None:
    own = ("192.0.2.21", "127.0.0.1")
    steps = [dest(**WEB, destination=address) for address in own]
    for result in guest.steps(service(**WEB), *steps):
        assert result["again"]["operations"] == []
    saved = guest.run("ipvsadm -Sn")
    for address in own:
        assert re.search(rf"-a {W} -r {address}:80 -[gl] -w 1", saved), saved


BAD_INPUT: list[tuple[Step, str]] = [
    (service(**WEB, scheduler="twos"), "This kernel has no IPVS scheduler 'twos'"),
    (service(**WEB, scheduler="nosuch"), "no IPVS scheduler 'nosuch' .module ip_vs_nosuch"),
    (service(**{**WEB, "address": "web.invalid"}), "address: web.invalid is no address"),
    (service(**{**WEB, "port": "70000"}), "port: port 70000 is above 65535"),
    (service(**WEB, one_packet=True), "one_packet works on UDP"),
    (dest(**WEB, **ONE), "-t 192.0.2.146:80 does not exist"),
    (dest(**WEB, destination="real.invalid"), "destination: real.invalid is no address"),
]


def test_bad_input_is_one_sentence_and_changes_nothing(guest: Guest) -> None:
    results = guest.steps(*(step for step, _words in BAD_INPUT))
    for (_step, words), result in zip(BAD_INPUT, results, strict=True):
        assert re.search(words, result["error"]), result
        assert result["saved"] == []


def test_a_refusal_in_earnest_names_the_scheduler_too(guest: Guest) -> None:
    """Without check mode's look at the modules: the kernel's own answer."""
    guest.run("ipvsadm -A -t 192.0.2.146:80 -s rr")
    result = guest.module("ipvs_service", **WEB, scheduler="nosuch")
    assert result["msg"].startswith("This kernel has no IPVS scheduler 'nosuch'")
    assert result["changed"] is False
    assert result["not_done"] == ["-E -t 192.0.2.146:80 -s nosuch"]
    assert guest.run("ipvsadm -Sn").strip() == "-A -t 192.0.2.146:80 -s rr"
