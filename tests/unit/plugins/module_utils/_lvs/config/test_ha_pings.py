# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ping lines of ha.cf, and what else rule U and the loop ask of it."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import ha_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.ha_pings import MAX_PING_NODES
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/ha.cf"
LEAST = "node a b\nucast eth0 192.0.2.1\nauto_failback on\n"


def parse(lines: str) -> ha_cf.HaCf:
    return ha_cf.parse(LEAST + lines, PATH)


def refusal(lines: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(lines)
    return str(caught.value).splitlines()


def test_each_address_of_a_ping_line_is_a_node_and_a_group_is_one() -> None:
    found = parse(
        "ping 192.0.2.254, 2001:DB8::FE\n"
        "ping Gateway.example\n"
        "ping_group core 192.0.2.252 192.0.2.253 192.0.2.252\n"
    )
    assert [(ping.name, ping.hosts, ping.line) for ping in found.pings] == [
        ("192.0.2.254", ("192.0.2.254",), 4),
        ("2001:db8::fe", ("2001:db8::fe",), 4),
        ("gateway.example", ("gateway.example",), 5),
        ("core", ("192.0.2.252", "192.0.2.253"), 6),
    ]
    assert found.warnings == ()


def test_a_node_that_stands_twice_counts_once() -> None:
    found = parse("ping 192.0.2.254\nping 192.0.2.254\n")
    assert [ping.name for ping in found.pings] == ["192.0.2.254"]
    assert found.warnings == (
        f"{PATH}:5: the ping node 192.0.2.254 stands in line 4: it counts once.",
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ping 192.0.2.1000", "192.0.2.1000 is no address"),
        ("ping fe80::1%eth0", "fe80::1%eth0 is no address"),
        ("ping fe80::1", "fe80::1 is no host outside of the cluster"),
        ("ping 127.0.0.1", "127.0.0.1 is no host outside of the cluster"),
        ("ping 255.255.255.255", "255.255.255.255 is no host outside"),
        ("ping 224.0.0.1", "224.0.0.1 is no host outside of the cluster"),
        ("ping ::", ":: is no host outside of the cluster"),
        ("ping <router>", "<router> is neither an address nor a host name"),
        ("ping", "ping says nothing"),
        ("ping_group core", "write `ping_group NAME ADDRESS...`"),
        ("ping_group core 192.0.2.300", "192.0.2.300 is no address"),
        ("ping_group <core> 192.0.2.3", "write `ping_group NAME ADDRESS...`"),
        ("deadping 1", "deadping (1 s) must be more than twice the 1 s between two pings"),
        ("deadping soon", "deadping soon is no time"),
        ("realtime maybe", "realtime maybe is neither on nor off"),
        ("rtprio 0", "rtprio 0 is no priority: write 1 to 99"),
        ("rtprio 100", "rtprio 100 is no priority: write 1 to 99"),
        ("rtprio high", "rtprio high is no priority"),
    ],
)
def test_what_is_wrong_is_named_by_line(line: str, sentence: str) -> None:
    said = refusal(f"{line}\n")
    assert len(said) == 1, said
    assert said[0].startswith(f"{PATH}:4: ")
    assert sentence in said[0]


def test_two_nodes_of_one_name_are_refused() -> None:
    said = refusal("ping_group core 192.0.2.1\nping_group core 192.0.2.2\n")
    assert said == [f"{PATH}:5: the ping node core stands in line 4 too: name each otherwise."]


def test_the_count_of_ping_nodes_fits_seven_bits() -> None:
    most = "".join(f"ping 192.0.2.{n}\n" for n in range(1, MAX_PING_NODES + 1))
    assert len(parse(most).pings) == MAX_PING_NODES == 127
    assert refusal(f"{most}ping 203.0.113.1\nping 203.0.113.2\n") == [
        f"{PATH}:131: at most 127 ping nodes are possible: remove some, or join them in a "
        "ping_group."
    ]


@pytest.mark.parametrize(
    ("lines", "deadping_s"),
    [
        ("", 30.0),
        ("keepalive 200ms\ndeadtime 2\n", 2.0),
        ("keepalive 50ms\ndeadtime 250ms\n", 1.0),
        ("keepalive 50ms\ndeadtime 250ms\ndeadping 500ms\n", 0.5),
    ],
)
def test_deadping_is_deadtime_but_never_a_lost_echo(lines: str, deadping_s: float) -> None:
    assert parse(lines).deadping_s == deadping_s


def test_deadping_is_held_against_the_slower_of_pings_and_keepalive() -> None:
    said = refusal("keepalive 50ms\ndeadtime 250ms\ndeadping 400ms\n")
    assert said == [
        f"{PATH}:6: deadping (0.4 s) must be more than twice the 0.2 s between two pings "
        "(keepalive, 200 ms at least): raise deadping."
    ]


@pytest.mark.parametrize(
    ("lines", "priority", "warnings"),
    [
        ("", 1, 0),
        ("realtime on\n", 1, 0),
        ("rtprio 42\n", 42, 0),
        ("realtime YES\nrtprio 99\n", 99, 0),
        ("realtime off\n", 0, 0),
        ("rtprio 3\nrealtime false\n", 0, 1),
    ],
)
def test_realtime(lines: str, priority: int, warnings: int) -> None:
    found = parse(lines)
    assert found.realtime_priority == priority
    assert len(found.warnings) == warnings


def test_the_cluster_may_be_named_here() -> None:
    assert parse("cluster laico\n").cluster == "laico"
    assert parse("").cluster is None
    assert "write the cluster's name as one word" in refusal("cluster the best\n")[0]
