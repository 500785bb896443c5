# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ldirectord.cf: what real files hold is read as it was meant."""

from __future__ import annotations

from typing import ClassVar

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.ldirectord_cf import parse
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    FLAG_SCHED_1,
    FLAG_SCHED_2,
    Destination,
    DestKey,
    ServiceKey,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.services import (
    Check,
    MonitorConfig,
    Virtual,
)

PAPER = """\
# Global Directives
checktimeout=3
checkinterval=1
fallback=127.0.0.1:80
autoreload=yes
logfile="/var/log/ldirectord.log"
quiescent=no

# A sample virtual with a fallback that will override the global setting
virtual=192.0.2.146:80
\treal=192.0.2.2:80 gate
\treal=192.0.2.3:80 gate 2
\treal=192.0.2.4:80 gate 3 "/other", "LAICO 4"
\tservice=http
\trequest="index.html"
\treceive="LAICO"
\tscheduler=rr
\tprotocol=tcp
"""


class Phonebook:
    """Names of the tests: one host with one address, one with two, a few ports."""

    HOSTS: ClassVar = {
        ("www1", 4): ["192.0.2.2"],
    }
    PORTS: ClassVar = {("www", "tcp"): 80, ("mysql", "tcp"): 3306, ("domain", "udp"): 53}

    def addresses(self, name: str, family: int) -> list[str]:
        return self.HOSTS.get((name, family), [])

    def port(self, name: str, protocol: str) -> int | None:
        return self.PORTS.get((name, protocol))


def read(text: str) -> MonitorConfig:
    return parse(text, "cf", Phonebook())


def only(text: str) -> Virtual:
    (virtual,) = read(text).virtuals
    return virtual


def section(*lines: str, head: str = "virtual=192.0.2.146:80") -> str:
    return "\n".join([head, *(f"    {line}" for line in lines)]) + "\n"


def check_of(virtual: Virtual, index: int = 0) -> Check:
    check = virtual.reals[index].check
    assert check is not None
    return check


def test_a_file_as_the_paper_has_it() -> None:
    config = read(PAPER)
    (virtual,) = config.virtuals
    assert config.check_interval_s == 1
    assert config.is_autoreload
    assert virtual.service.key == ServiceKey(4, "tcp", "192.0.2.146", 80)
    assert virtual.service.scheduler == "rr"
    assert [real.destination for real in virtual.reals] == [
        Destination(DestKey("192.0.2.2", 80), "direct", 1),
        Destination(DestKey("192.0.2.3", 80), "direct", 2),
        Destination(DestKey("192.0.2.4", 80), "direct", 3),
    ]
    assert virtual.fallback == Destination(DestKey("127.0.0.1", 80))
    first = Check(
        address="192.0.2.2",
        port=80,
        kind="http",
        interval_s=1,
        timeout_s=3,
        connect_timeout_s=3,
        request="/index.html",
        receive="LAICO",
    )
    assert check_of(virtual) == first
    assert check_of(virtual, 2).request == "/other"
    assert check_of(virtual, 2).receive == "LAICO 4"


def test_the_old_programs_defaults() -> None:
    virtual = only(section("real=192.0.2.2:80 gate"))
    check = check_of(virtual)
    assert (check.interval_s, check.fall, check.connect_timeout_s, check.timeout_s) == (
        10,
        1,
        5,
        30,
    )
    assert (check.kind, check.request, check.receive, check.method) == ("http", "/", "", "GET")
    assert virtual.service.scheduler == "wrr"
    assert not virtual.is_quiescent
    assert virtual.is_cleanstop


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("checktimeout=2",), (2, 2)),
        (("negotiatetimeout=7",), (7, 7)),
        (("checktimeout=2", "negotiatetimeout=7"), (2, 7)),
    ],
)
def test_each_timeout_stands_in_for_the_other(
    lines: tuple[str, ...], expected: tuple[float, float]
) -> None:
    check = check_of(only(section("real=192.0.2.2 gate", *lines)))
    assert (check.connect_timeout_s, check.timeout_s) == expected


def test_a_virtual_overrides_what_is_global_wherever_that_stands() -> None:
    text = section("real=192.0.2.2 gate", "failurecount=3", "quiescent=no") + (
        "failurecount=2\nquiescent=yes\ncheckinterval=4\n"
    )
    virtual = only(text)
    assert check_of(virtual).fall == 3
    assert check_of(virtual).interval_s == 4
    assert not virtual.is_quiescent


@pytest.mark.parametrize(
    "text",
    [
        "autoreload=yes  # x\n" + section("real=192.0.2.2 gate"),
        "autoreload = yes \n" + section("real = 192.0.2.2  gate   "),
        "autoreload=yes\r\n" + section("real=192.0.2.2 gate").replace("\n", "\r\n"),
        "autoreload=yes\nvirtual=192.0.2.146:80\n\treal=192.0.2.2 gate",
        "autoreload=yes\nvirtual=192.0.2.146:80\n       real=192.0.2.2 gate\n",
        "autoreload=yes\nvirtual=192.0.2.146:80\n \t real=192.0.2.2 gate\n",
        "autoreload=yes\nvirtual=192.0.2.146:80\n# comment\n     \n    real=192.0.2.2 gate\n",
        "autoreload=yes\u3000\nvirtual=192.0.2.146:80\n\u00a0\u00a0real=192.0.2.2 gate 1\u3000\n",
        "\ufeffautoreload=yes\n# \udcc4\udce3 GBK\nvirtual=192.0.2.146:80\n\treal=192.0.2.2 gate\n",
        "  autoreload=yes\n" + section("real=192.0.2.2 GATE"),
    ],
)
def test_layout_found_in_real_files_is_read_as_meant(text: str) -> None:
    config = read(text)
    assert config.is_autoreload
    (virtual,) = config.virtuals
    assert [real.destination for real in virtual.reals] == [Destination(DestKey("192.0.2.2", 80))]


def test_an_unindented_section_is_read_with_a_warning() -> None:
    config = read("virtual=192.0.2.146:80\nreal=192.0.2.2 gate\n\nscheduler=rr\n")
    assert config.virtuals[0].service.scheduler == "rr"
    assert len([each for each in config.warnings if "not indented" in each]) == 1
    assert config.warnings[0].startswith("cf:2: ")


def test_a_hash_within_quotes_is_no_comment() -> None:
    virtual = only(section("real=192.0.2.2 gate", 'receive="#1" # yes', "request=/a#b"))
    assert check_of(virtual).receive == "#1"
    assert check_of(virtual).request == "/a"


def test_quotes_that_do_not_pair_do_not_hide_a_comment() -> None:
    virtual = only(section('comment = 19" rack # "left', 'real=192.0.2.2 gate # 19" old'))
    assert virtual.comment == '19" rack # "left'
    assert len(virtual.reals) == 1


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("virtual=192.0.2.146:www", ServiceKey(4, "tcp", "192.0.2.146", 80)),
        ("virtual=www1:80", ServiceKey(4, "tcp", "192.0.2.2", 80)),
        ("virtual6=[2001:db8::0:1]:80", ServiceKey(6, "tcp", "2001:db8::1", 80)),
        ("virtual=[2001:db8::1]:80", ServiceKey(6, "tcp", "2001:db8::1", 80)),
    ],
)
def test_virtual_addresses(head: str, key: ServiceKey) -> None:
    assert only(section("checktype=on", head=head)).service.key == key


@pytest.mark.parametrize("port", ["53", "domain"])
def test_port_53_means_udp_unless_said(port: str) -> None:
    text = section("checktype=on", head=f"virtual=192.0.2.146:{port}")
    assert only(text).service.key.protocol == "udp"
    tcp = section("checktype=on", "protocol=tcp", head="virtual=192.0.2.146:53")
    assert only(tcp).service.key.protocol == "tcp"


def test_a_firewall_mark_needs_no_protocol() -> None:
    text = section("real=192.0.2.2 gate", "service=http", head="virtual=5")
    virtual = only(text)
    assert virtual.service.key == ServiceKey(4, fwmark=5)
    assert virtual.reals[0].destination.key == DestKey("192.0.2.2", 0)
    assert check_of(virtual).port == 80
    assert only(section("checktype=on", head="virtual6=5")).service.key == ServiceKey(6, fwmark=5)


def test_one_address_for_tcp_and_for_udp() -> None:
    both = section("protocol=tcp", "checktype=on") + section("protocol=udp", "checktype=on")
    assert [each.service.key.protocol for each in read(both).virtuals] == ["tcp", "udp"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("192.0.2.2 gate", [("192.0.2.2", 80, "direct", 1)]),
        ("192.0.2.2:8080 masq 5  ", [("192.0.2.2", 8080, "masquerade", 5)]),
        ("192.0.2.2:www ipip 0", [("192.0.2.2", 80, "tunnel", 0)]),
        ("www1 gate", [("192.0.2.2", 80, "direct", 1)]),
        (
            "192.0.2.2->192.0.2.3:80 gate 2",
            [("192.0.2.2", 80, "direct", 2), ("192.0.2.3", 80, "direct", 2)],
        ),
        (
            "www1 -> 192.0.2.3 gate",
            [("192.0.2.2", 80, "direct", 1), ("192.0.2.3", 80, "direct", 1)],
        ),
        ('192.0.2.2:80 gate "a","b"', [("192.0.2.2", 80, "direct", 1)]),
    ],
)  # fmt: skip
def test_real_servers(value: str, expected: list[tuple[str, int, str, int]]) -> None:
    rows = [real.destination for real in only(section(f"real={value}")).reals]
    assert [(row.key.address, row.key.port, row.forward, row.weight) for row in rows] == expected


def test_thresholds_of_a_real_server() -> None:
    (real,) = only(section('real=192.0.2.2 gate 1 "l:5" "u:10"')).reals
    assert (real.destination.lower_threshold, real.destination.upper_threshold) == (5, 10)


def test_gate_keeps_the_virtual_port_and_says_so() -> None:
    config = read(section("real=192.0.2.2:8080 gate"))
    assert config.virtuals[0].reals[0].destination.key.port == 80
    assert check_of(config.virtuals[0]).port == 80
    assert "cf:2: only masq can change ports" in config.warnings[0]


def test_the_check_port_may_differ() -> None:
    virtual = only(section("real=192.0.2.2:80 gate", "checkport=8081"))
    assert check_of(virtual).port == 8081
    assert virtual.reals[0].destination.key.port == 80


def test_service_settings() -> None:
    service = only(
        section(
            "real=192.0.2.2 gate",
            "scheduler=mh",
            "schedflags=mh-port,mh-fallback",
            "persistent=600",
            "netmask=255.255.255.0",
            "protocol=udp",
            "ops=yes",
        )
    ).service
    assert service.scheduler_flags == FLAG_SCHED_1 | FLAG_SCHED_2
    assert (service.persistence_timeout_s, service.persistence_netmask) == (600, 24)
    assert service.one_packet


def test_checks_of_each_type() -> None:
    real = "real=192.0.2.2 gate"
    connect = only(section(real, "checktype=connect"))
    assert check_of(connect).kind == "connect"
    assert check_of(connect).timeout_s == 5
    mixed = check_of(only(section(real, "checktype=4")))
    assert (mixed.kind, mixed.connects_between) == ("http", 4)
    for words, is_up in (("checktype=on", True), ("checktype=off", False), ("service=none", True)):
        (found,) = only(section(real, words)).reals
        assert found.check is None
        assert found.is_always_up is is_up


def test_http_settings() -> None:
    check = check_of(
        only(
            section(
                "real=192.0.2.2 gate",
                "service=https",
                "virtualhost = www.example.com ",
                "httpmethod=head",
                "request=alive",
            )
        )
    )
    assert (check.kind, check.host, check.method) == ("https", "www.example.com", "HEAD")
    assert check.request == "/alive"


def test_off_brings_no_fallback_in() -> None:
    assert only(section("checktype=off", "fallback=127.0.0.1")).fallback is None


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("127.0.0.1", Destination(DestKey("127.0.0.1", 80))),
        ("127.0.0.1:80 gate", Destination(DestKey("127.0.0.1", 80))),
        ("127.0.0.1:8080 masq", Destination(DestKey("127.0.0.1", 8080), "masquerade")),
        ("127.0.0.1:80 # page", Destination(DestKey("127.0.0.1", 80))),
    ],
)
def test_fallback_globally_and_per_virtual(value: str, row: Destination) -> None:
    real = "real=192.0.2.2 gate"
    assert only(f"fallback={value}\n" + section(real)).fallback == row
    own = f"fallback=192.0.2.99\n{section(real, f'fallback={value}')}"
    assert only(own).fallback == row


def test_a_global_fallback_serves_its_own_family() -> None:
    six = section("checktype=on", head="virtual6=[2001:db8::1]:80")
    four = section("checktype=on")
    config = read("fallback=127.0.0.1\nfallback6=[::1]:80\n" + six + four)
    rows = [virtual.fallback for virtual in config.virtuals]
    assert rows == [Destination(DestKey("::1", 80)), Destination(DestKey("127.0.0.1", 80))]
    (alone,) = read("fallback=127.0.0.1\n" + six).virtuals
    assert alone.fallback is None


def test_real6_and_nature_of_the_address() -> None:
    text = section(
        "real6=[2001:db8::2]:80 gate", "real=2001:db8::3 gate", head="virtual6=[2001:db8::1]:80"
    )
    keys = [real.destination.key for real in only(text).reals]
    assert keys == [DestKey("2001:db8::2", 80), DestKey("2001:db8::3", 80)]


def test_repeated_keys_take_the_last() -> None:
    assert only(section("scheduler=rr", "scheduler=lc", "checktype=on")).service.scheduler == "lc"


def test_what_is_harmless_is_ignored_with_a_warning() -> None:
    text = 'emailalert="a@example.com"\ncallback="/bin/x"\nfork=yes\nsupervised\n' + section(
        "checktype=on", "real=192.0.2.2 gate", "passwd=swordfish", 'monitorfile="/tmp/x"'
    )
    warnings = read(text).warnings
    assert [each.split(" ")[1] for each in warnings] == [
        "emailalert", "callback", "fork", "supervised", "passwd", "monitorfile",
    ]  # fmt: skip
    assert "swordfish" not in "".join(warnings)


def test_many_services_are_read_quickly() -> None:
    sections = [
        section("real=192.0.2.2:80 gate", "service=http", head=f"virtual=192.0.2.146:{port}")
        for port in range(1000, 1480)
    ]
    assert len(read("".join(sections)).virtuals) == 480
