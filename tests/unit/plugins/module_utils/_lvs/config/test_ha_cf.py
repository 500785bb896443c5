# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ha.cf as people write it; each refusal names file, line and what to do."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import ha_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.problems import (
    duration_s,
    truth,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Link
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/ha.cf"
LEAST = "node a b\nucast eth0 192.0.2.1\nauto_failback on\n"


def parse(text: str) -> ha_cf.HaCf:
    return ha_cf.parse(text, PATH)


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value).splitlines()


def test_defaults_are_those_of_the_old_program() -> None:
    found = parse(LEAST)
    assert (found.keepalive_s, found.deadtime_s, found.warntime_s) == (1.0, 30.0, 15.0)
    assert found.initdead_s == 30.0
    assert found.links == (Link("ucast:eth0", "ucast", "eth0", 694, ("192.0.2.1",)),)
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("deadtime", "initdead_s"), [("30", 30.0), ("11", 11.0), ("10", 20.0), ("6", 12.0), ("3", 12.0)]
)
def test_initdead_left_out(deadtime: str, initdead_s: float) -> None:
    assert parse(f"{LEAST}deadtime {deadtime}\n").initdead_s == initdead_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2", 2.0),
        ("200ms", 0.2),
        ("200 ms", None),
        ("1.5", 1.5),
        ("10MS", 0.01),
        ("1500msec", 1.5),
        ("250000us", 0.25),
        ("2m", 120.0),
        ("1hr", 3600.0),
        ("", None),
        ("-1", None),
        ("2x", None),
        ("ms", None),
        ("1e3", None),
        ("nan", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    found = duration_s(text)
    assert found == (pytest.approx(seconds) if seconds is not None else None)


@pytest.mark.parametrize("text", ["on", "Yes", "TRUE", "y", "1"])
def test_true(text: str) -> None:
    assert truth(text) is True


@pytest.mark.parametrize("text", ["off", "No", "FALSE", "n", "0"])
def test_false(text: str) -> None:
    assert truth(text) is False


def test_untidy_files_are_read() -> None:
    """CR LF, indent, commas, tabs, capitals, trailing comments, no final newline, any order."""
    found = parse(
        "# a comment\r\n"
        "\tnode\tLaicoY, laicoz.example.org  # two\r\n"
        "node laico_3,laicoy\r\n"
        "  deadtime 1#s\r\n"
        "Keepalive 200 ms\r\n"
        "initdead 10\r\n"
        "udpport 695\r\n"
        "bcast eth0,eth1\r\n"
        "ucast eth2 192.0.2.1\r\n"
        "ucast eth2 192.0.2.2\r\n"
        "mcast eth0 239.0.0.42 700 2 0\r\n"
        "nice_failback on"
    )
    assert found.nodes == ("laicoy", "laicoz.example.org", "laico_3")
    assert (found.keepalive_s, found.deadtime_s) == (0.2, 1.0)
    assert found.is_auto_failback is False
    assert [(link.name, link.port, link.peers) for link in found.links] == [
        ("bcast:eth0", 695, ()),
        ("bcast:eth1", 695, ()),
        ("ucast:eth2", 695, ("192.0.2.1", "192.0.2.2")),
        ("mcast:eth0:239.0.0.42", 700, ()),
    ]
    assert found.links[-1].ttl == 2


def test_udpport_counts_for_what_follows_and_else_for_all() -> None:
    behind = parse("node a b\nauto_failback on\nucast eth0 192.0.2.1\nudpport 700\n")
    assert [link.port for link in behind.links] == [700]
    several = parse(
        "node a b\nauto_failback on\nudpport 700\nbcast eth0\nudpport 701\nbcast eth0 eth1\n"
    )
    assert [(link.name, link.port) for link in several.links] == [
        ("bcast:eth0", 700),
        ("bcast:eth0:701", 701),
        ("bcast:eth1", 701),
    ]


def test_ipv6_links() -> None:
    found = parse(
        "node a b\nauto_failback on\nucast6 eth0 2001:DB8::1\nmcast6 eth1 ff02::42 694 1 0\n"
    )
    assert [(link.name, link.peers, link.group) for link in found.links] == [
        ("ucast6:eth0", ("2001:db8::1",), ""),
        ("mcast6:eth1:ff02::42", (), "ff02::42"),
    ]


def test_peer_by_name_is_kept_for_the_loader() -> None:
    assert parse("node a b\nauto_failback on\nucast eth0 Laicoy\n").links[0].peers == ("laicoy",)


@pytest.mark.parametrize(
    ("lines", "is_auto", "warning"),
    [
        ("auto_failback on", True, ""),
        ("auto_failback off", False, ""),
        ("nice_failback off", True, ""),
        ("nice_failback on", False, ""),
        ("auto_failback off\nnice_failback on", False, ""),
        ("auto_failback legacy\nnice_failback on", False, ""),
        (
            "auto_failback legacy",
            True,
            "ha.cf:3: auto_failback legacy is read as `auto_failback on`",
        ),
        ("", True, "ha.cf: no auto_failback is read as `auto_failback on`"),
    ],
)
def test_failback(lines: str, is_auto: bool, warning: str) -> None:
    found = parse(f"node a b\nbcast eth0\n{lines}\n")
    assert found.is_auto_failback is is_auto
    assert warning in "\n".join(found.warnings)
    assert bool(found.warnings) is bool(warning)


@pytest.mark.parametrize("both", ["on", "off"])
def test_contradicting_failback_is_an_error(both: str) -> None:
    said = refusal(f"node a b\nbcast eth0\nauto_failback {both}\nnice_failback {both}\n")
    assert said == [
        f"{PATH}:4: nice_failback {both} contradicts auto_failback {both} of line 3: "
        "remove one of them."
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("undport 694", "unknown directive undport (perhaps udpport)"),
        ("tim2 tim2", "unknown directive tim2"),
        ("hbaping 192.0.2.254", "hbaping cannot be used: Fibre Channel is not asked: write"),
        ("respawn root /usr/sbin/helper", "respawn cannot be used: this agent starts no programs"),
        ("stonith_host * apc", "write `fence COMMAND` in lvs.cf instead"),
        ("serial /dev/ttyS0", "serial cannot be used: there are no serial links"),
        ("crm yes", "crm yes hands the resources to Pacemaker"),
        ("pacemaker on", "pacemaker on hands the resources to Pacemaker"),
        ("autojoin any", "autojoin is not supported"),
        ("keepalive soon", "keepalive soon is no time"),
        ("keepalive 5ms", "keepalive is below 10 ms"),
        ("deadtime 2", "deadtime (2 s) must be more than twice keepalive (1 s)"),
        ("warntime 30", "warntime (30 s) must lie between keepalive (1 s) and deadtime (30 s)"),
        ("warntime 1", "warntime (1 s) must lie between"),
        ("initdead 29", "initdead (29 s) must be at least deadtime (30 s)"),
        ("udpport http", "udpport http is no port"),
        ("udpport 65536", "udpport 65536 is no port"),
        ("ucast eth0", "write `ucast INTERFACE ADDRESS`"),
        ("ucast eth0 192.0.2.1 192.0.2.2", "write `ucast INTERFACE ADDRESS`"),
        ("ucast eth0 192.0.2.1000", "192.0.2.1000 is no IPv4 address"),
        ("ucast eth0 2001:db8::1", "2001:db8::1 is no IPv4 address"),
        ("ucast6 eth0 192.0.2.1", "192.0.2.1 is no IPv6 address"),
        ("ucast eth0 <peer>", "<peer> is neither an address nor a host name"),
        ("mcast eth0 192.0.2.1", "192.0.2.1 is no IPv4 multicast group"),
        ("mcast eth0 239.0.0.1 x", "mcast wants a port"),
        ("bcast [interface]", "[interface] is no interface"),
        ("node -x", "-x is no host name"),
        ("auto_failback maybe", "auto_failback maybe is neither on nor off"),
        ("keepalive", "keepalive says nothing"),
    ],
)
def test_what_is_wrong_is_named_by_line(line: str, sentence: str) -> None:
    said = refusal(f"{LEAST}{line}\n")
    assert len(said) == 1, said
    assert said[0].startswith(f"{PATH}:4: ")
    assert sentence in said[0]


@pytest.mark.parametrize(
    "line",
    [
        "logfile /var/log/ha-log",
        "logfacility local0",
        "debugfile /var/log/ha-debug",
        "use_logd yes",
        "watchdog /dev/watchdog",
        "compression bz2",
        "apiauth ipfail uid=hacluster",
        "// not a comment in the old program",
    ],
)
def test_what_changes_nothing_is_only_warned_of(line: str) -> None:
    found = parse(f"{LEAST}{line}\n")
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(f"{PATH}:4: ")


def test_harmless_denials_are_silent() -> None:
    assert parse(f"{LEAST}crm no\nautojoin none\n").warnings == ()


def test_all_problems_are_said_at_once_in_the_order_of_lines() -> None:
    said = refusal("ping 192.0.2.1000\nwarn 1\nudpport 0\n")
    assert [line.split(": ", 1)[0] for line in said] == [
        PATH,
        PATH,
        f"{PATH}:1",
        f"{PATH}:2",
        f"{PATH}:3",
    ]
    assert "names no link" in said[0]
    assert "names no node" in said[1]
