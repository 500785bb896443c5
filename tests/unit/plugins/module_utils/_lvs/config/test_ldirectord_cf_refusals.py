# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ldirectord.cf: what is unclear is refused by file:line, everything at once."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.ldirectord_cf import parse
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError


class Phonebook:
    """One name with two addresses; no other name, no port by name."""

    def addresses(self, name: str, family: int) -> list[str]:
        return ["192.0.2.3", "192.0.2.2"] if name == "two" else []

    def port(self, name: str, protocol: str) -> int | None:
        return None


def errors(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "cf", Phonebook())
    return str(caught.value).split("\n")


def section(*lines: str, head: str = "virtual=192.0.2.146:80") -> str:
    return "\n".join([head, *(f"    {line}" for line in lines)]) + "\n"


REAL = "real=192.0.2.2:80 gate"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "chekinterval=2\n",
            "cf:1: unknown directive chekinterval (perhaps checkinterval): correct",
        ),
        ("hello world\n", "cf:1: `hello world` is no directive"),
        ("timeout=2\n", "cf:1: timeout is not supported by newer ldirectord either"),
        ("maintenancedir=/x\n", "cf:1: maintenancedir is not supported, use `lvsctl drain`"),
        ("checkinterval=\n", "cf:1: checkinterval has no value"),
        ("checkinterval=0\n", "cf:1: checkinterval must be a number of seconds above 0"),
        ("checktimeout=soon\n", "cf:1: checktimeout must be a number of seconds above 0"),
        ("quiescent=maybe\n", "cf:1: quiescent must be yes or no, not `maybe`"),
        ("failurecount=0\n", "cf:1: failurecount must be a whole number from 1 to 1000"),
        (section("autoreload=yes", "checktype=on"), "cf:2: autoreload is global"),
        (section(REAL, "checktype=external"), "cf:3: checktype external is not supported yet"),
        (section(REAL, "checktype=sometimes"), "cf:3: checktype must be negotiate, connect"),
        (section(REAL, "service=imap"), "cf:3: service imap is not supported yet"),
        (section(REAL, "service=gopher"), "cf:3: service must be one of http, https, none"),
        (section(REAL, head="virtual=192.0.2.1:25"), "cf:1: service smtp (guessed from port 25)"),
        (section(REAL, 'receive="("'), "cf:3: receive: `(` is no regular expression"),
        (section('real=192.0.2.2 gate 1 "a","("'), "cf:2: receive: `(` is no regular expression"),
        (section(REAL, "httpmethod=HEAD", "receive=x"), "cf:2: httpmethod HEAD has no body"),
        (section(REAL, "httpmethod=POST"), "cf:3: httpmethod must be GET or HEAD"),
        (section(REAL, 'request="http://x/"'), "cf:3: a request with a whole URL"),
        (section(REAL, 'request="/a b"'), "cf:3: request must have no blanks"),
        (section(REAL, "virtualhost=a b"), "cf:3: virtualhost must be a host name"),
        (section(REAL, "receive=\u201cTest"), "cf:3: receive has a typographic quote"),
        (section(REAL, "receive=\udcc4"), "cf:3: the value of receive is not UTF-8"),
        (section(REAL, "scheduler=RR"), "cf:3: scheduler must be a word of small letters"),
        (section(REAL, "schedflags=x"), "cf:3: schedflags: `x` is unknown"),
        (section(REAL, "netmask=0.0.0.255"), "cf:3: netmask must be a mask"),
        (section(REAL, "ops=yes"), "cf:1: ops = yes works with udp"),
        (section(REAL, "protocol=fwm"), "cf:1: protocol fwm needs a firewall mark"),
        (section(REAL, "protocol=sctp"), "cf:3: protocol must be tcp, udp or fwm"),
        (section(REAL, head="virtual=192.0.2.146"), "cf:1: `192.0.2.146` needs a port"),
        (section(REAL, head="virtual=192.0.2.1000:80"), "cf:1: `192.0.2.1000` is no addr"),
        (section(REAL, head="virtual=x.x.x.x:80"), "cf:1: the name x.x.x.x has no IPv4 address"),
        (section(REAL, head="virtual=192.0.2.1:ww"), "cf:1: virtual: `ww` is no port"),
        (section(REAL, head="virtual=192.0.2.1:70000"), "cf:1: virtual must be a whole number"),
        (section(REAL, head="virtual=192.0.2.1:0"), "cf:1: port 0 (all ports) needs"),
        (section(REAL, "protocol=tcp", head="virtual=5"), "cf:1: a firewall mark goes with"),
        (section(REAL, head="virtual=0"), "cf:1: a firewall mark must be a whole number"),
        (section("real=192.0.2.2 route"), "cf:2: `route` must be gate, masq or ipip"),
        (section("real=192.0.2.2"), "cf:2: `192.0.2.2` is no real server"),
        (section("real=192.0.2.2 gate heavy"), "cf:2: `heavy` behind a real server"),
        (section('real=192.0.2.2 gate 1 "a"'), "cf:2: a real server's own check needs both"),
        (section("real=192.0.2.2 gate 65536"), "cf:2: the weight must be a whole number"),
        (section("real=two gate"), "cf:2: the name two has 2 addresses (192.0.2.2, 192.0.2.3)"),
        (section("real=nobody gate"), "cf:2: the name nobody has no IPv4 address"),
        (section("real=2001:db8::2 gate"), "cf:2: 2001:db8::2 is no IPv4 address, but its"),
        (section("real=192.0.2.9->192.0.2.2 gate"), "cf:2: the range 192.0.2.9->192.0.2.2 must"),
        (section("real=192.0.2.1->203.0.113.9 gate"), "cf:2: the range 192.0.2.1->203.0.113.9"),
        (section(REAL, "real=192.0.2.2 gate 2"), "cf:3: real server 192.0.2.2 port 80 is listed"),
        (section(REAL, "fallback=127.0.0.1 by"), "cf:3: fallback: `by` must be gate, masq or ipip"),
        (section(REAL, "fallbackcommand=x"), "cf:3: fallbackcommand is not supported yet"),
        (section("real=192.0.2.2 gate", "checktype=connect", head="virtual=5"), "cf:2: which port"),
        (section(REAL, "checktype=connect", "protocol=udp"), "cf:2: a connect check of a udp"),
        (section(REAL) + section(REAL), "cf:3: this virtual server is defined above already"),
    ],
)
def test_what_is_unclear_is_refused_by_line(text: str, sentence: str) -> None:
    (error,) = errors(text)
    assert error.startswith(sentence)


def test_all_problems_are_told_at_once_and_a_global_one_once() -> None:
    text = "checkinterval=x\n" + section("real=nobody gate") + section(
        "real=192.0.2.2 gate", "bogus=1", head="virtual=192.0.2.147:80"
    )  # fmt: skip
    found = errors(text)
    assert sorted(each.split(":")[1] for each in found) == ["1", "3", "6"]


def test_an_unindented_line_of_two_meanings_is_refused() -> None:
    (error,) = errors("virtual=192.0.2.146:80\nreal=192.0.2.2 gate\nfallback=127.0.0.1\n")
    assert error.startswith("cf:3: fallback may be global or belong to the virtual section above")


def test_a_server_line_outside_any_section_is_refused() -> None:
    (error,) = errors("real=192.0.2.2 gate\n")
    assert error.startswith("cf:1: real belongs in a virtual section")
