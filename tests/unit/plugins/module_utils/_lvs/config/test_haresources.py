# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""haresources as people write it."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import haresources
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.haresources import Haresources
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Resource
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/haresources"
NODES = ("laicoy", "laicoz")


def parse(text: str) -> Haresources:
    return haresources.parse(text, PATH, NODES)


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("192.0.2.146", ("192.0.2.146", None, "")),
        ("192.0.2.146/", ("192.0.2.146", None, "")),
        ("192.0.2.146/24", ("192.0.2.146", 24, "")),
        ("192.0.2.146/255.255.255.0", ("192.0.2.146", 24, "")),
        ("192.0.2.146/24/eth0", ("192.0.2.146", 24, "eth0")),
        ("192.0.2.146/24/eth0:1", ("192.0.2.146", 24, "eth0")),
        ("192.0.2.146/24/eth0/192.0.2.255", ("192.0.2.146", 24, "eth0")),
        ("192.0.2.146/24/192.0.2.255", ("192.0.2.146", 24, "")),
        ("192.0.2.146//8/eth0:10", ("192.0.2.146", 8, "eth0")),
        ("192.0.2.146/eth0", ("192.0.2.146", None, "eth0")),
        ("IPaddr::192.0.2.146/24/bond0.12", ("192.0.2.146", 24, "bond0.12")),
        ("IPaddr2::192.0.2.146/32/lo:0", ("192.0.2.146", 32, "lo")),
        ("IPaddr2::192.0.2.146/24/eth0/192.0.2.255", ("192.0.2.146", 24, "eth0")),
        ("IPv6addr::2001:DB8::146/64/eth0", ("2001:db8::146", 64, "eth0")),
        ("IPv6addr::2001:db8::146", ("2001:db8::146", None, "")),
        ("2001:db8::146/64", ("2001:db8::146", 64, "")),
    ],
)
def test_addresses(word: str, expected: tuple[str, int | None, str]) -> None:
    (row,) = parse(f"laicoz {word}\n").rows
    (address,) = row.addresses
    assert (address.address, address.prefix, address.interface) == expected
    assert row.name == expected[0]


def test_rows_comments_continuations_and_case() -> None:
    found = parse(
        "# the web\r\n"
        "LaicoZ   192.0.2.146/24/eth0 \\  # first\n"
        "   ldirectord::www.cf  named httpd::conf,extra::2\n"
        "\n"
        "laicoy LVSSyncDaemonSwap::master IPaddr2::192.0.2.147/24/eth0 192.0.2.148/24/eth0\n"
        "laicoy 192.0.2.149"
    )
    assert [(row.line, row.node, row.name) for row in found.rows] == [
        (2, "laicoz", "192.0.2.146"),
        (5, "laicoy", "192.0.2.147"),
        (6, "laicoy", "192.0.2.149"),
    ]
    assert found.rows[0].resources == (
        Resource("ldirectord", "/etc/ha.d/www.cf"),
        Resource("script", "named"),
        Resource("script", "httpd", ("conf,extra", "2")),
    )
    assert [a.address for a in found.rows[1].addresses] == ["192.0.2.147", "192.0.2.148"]
    assert [resource.kind for resource in found.rows[1].resources] == ["syncdaemon"]


def test_both_orders_of_table_and_address_mean_the_same() -> None:
    """Only the one that reads otherwise is remarked upon."""
    before = parse("laicoz ldirectord::a.cf 192.0.2.146/24/eth0\n")
    behind = parse("laicoz 192.0.2.146/24/eth0 ldirectord::a.cf\n")
    assert before.rows == behind.rows
    assert before.warnings == ()
    assert behind.warnings == (
        f"{PATH}:1: ldirectord stands behind an address: the table is loaded before it all "
        "the same.",
    )


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("ldirectord", "/etc/ha.d/ldirectord.cf"),
        ("ldirectord::", "/etc/ha.d/ldirectord.cf"),
        ("ldirectord::web.cf", "/etc/ha.d/web.cf"),
        ("ldirectord::/srv/web.cf", "/srv/web.cf"),
    ],
)
def test_ldirectord_files(word: str, path: str) -> None:
    assert parse(f"laicoz {word} 192.0.2.146\n").rows[0].resources[0].name == path


@pytest.mark.parametrize(
    ("word", "arguments"),
    [
        ("LVSSyncDaemonSwap", ("master", "eth0", "0")),
        ("LVSSyncDaemonSwap::master", ("master", "eth0", "0")),
        ("LVSSyncDaemonSwap::backup", ("backup", "eth0", "0")),
        ("LVSSyncDaemonSwap::master::bond0.12", ("master", "bond0.12", "0")),
        ("LVSSyncDaemonSwap::master::eth1::007", ("master", "eth1", "7")),
        ("LVSSyncDaemonSwap::master::eth1::255", ("master", "eth1", "255")),
    ],
)
def test_sync_daemon_takes_the_words_of_the_old_script(
    word: str, arguments: tuple[str, ...]
) -> None:
    (row,) = parse(f"laicoz {word} 192.0.2.146\n").rows
    assert row.resources == (Resource("syncdaemon", "LVSSyncDaemonSwap", arguments),)


def test_any_node_will_do_while_the_nodes_are_not_known() -> None:
    assert haresources.parse("laico9 192.0.2.146\n", PATH, ()).rows[0].node == "laico9"


def test_empty_file_is_legal() -> None:
    assert parse("# nothing yet\n\n").rows == ()


def test_repeated_line_is_ignored_with_a_warning() -> None:
    found = parse("laicoz 192.0.2.146/24/eth0\nlaicoz 192.0.2.146/24/eth0\n")
    assert len(found.rows) == 1
    assert found.warnings == (f"{PATH}:2: the same line as line 1: it is ignored.",)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("node1 192.0.2.146", "node1 is no node of ha.cf (laicoy, laicoz)"),
        ("laicoz httpd", "the group has no address"),
        ("laicoz", "the group has no address"),
        ("laicoz 192.0.2.1000", "192.0.2.1000 is no address"),
        ("laicoz IPaddr::192.0.2", "192.0.2 is no address"),
        ("laicoz IPaddr::", "nothing is no address"),
        ("laicoz 192.0.2.146/0", "0 in 192.0.2.146/0 is neither mask nor interface"),
        ("laicoz 192.0.2.146/0.0.0.0", "0.0.0.0 in 192.0.2.146/0.0.0.0 is neither mask"),
        ("laicoz 192.0.2.146/0.0.0.255", "0.0.0.255 in 192.0.2.146/0.0.0.255 is neither mask"),
        ("laicoz 192.0.2.146/255.0.255.0", "255.0.255.0 in 192.0.2.146/255.0.255.0 is neither"),
        ("laicoz IPv6addr::2001:db8::1/129", "129 in 2001:db8::1/129 is neither mask"),
        ("laicoz IPv6addr::fe80::1%eth0/64", "fe80::1%eth0 is no address"),
        ("laicoz IPaddr2::127.0.0.1/8/lo", "127.0.0.1 is no address of a host"),
        ("laicoz 224.0.0.1/24/eth0", "224.0.0.1 is no address of a host"),
        ("laicoz IPaddr::192.0.2.146/24/eth0::x", "eth0::x in 192.0.2.146/24/eth0::x is neither"),
        ("laicoz 192.0.2.146 LVSSyncDaemonSwap::slave", "write `LVSSyncDaemonSwap::master[::INTER"),
        ("laicoz 192.0.2.146 LVSSyncDaemonSwap::master::e::1::2", "write `LVSSyncDaemonSwap::ma"),
        ("laicoz 192.0.2.146 LVSSyncDaemonSwap::master::eth0:1", "eth0:1 of LVSSyncDaemonSwap is"),
        ("laicoz 192.0.2.146 LVSSyncDaemonSwap::master::eth0::256", "256 of LVSSyncDaemonSwap is"),
        ("laicoz 192.0.2.146 LVSSyncDaemonSwap::master::eth0::\u00b2", "is no syncid: write 0"),
        ("laicoz 192.0.2.146/33", "33 in 192.0.2.146/33 is neither mask nor interface"),
        ("laicoz 192.0.2.146/24/eth0/eth1", "eth1 in 192.0.2.146/24/eth0/eth1 is neither"),
        ("laicoz 192.0.2.146 OCF::heartbeat::x", "OCF agents are not supported"),
        ("laicoz 192.0.2.146 /usr/bin/x", "/usr/bin/x is no resource"),
        ("laicoz 192.0.2.146 ../x", "../x is no resource"),
    ],
)
def test_what_is_wrong_is_named_by_line(line: str, sentence: str) -> None:
    said = refusal(f"\n{line}\n")
    assert len(said) == 1, said
    assert said[0].startswith(f"{PATH}:2: ")
    assert sentence in said[0]


def test_address_in_two_groups_is_refused() -> None:
    said = refusal("laicoz 192.0.2.146\nlaicoy 192.0.2.147 192.0.2.146\n")
    assert said == [f"{PATH}:2: 192.0.2.146 stands in line 1 too: an address belongs to one group."]
