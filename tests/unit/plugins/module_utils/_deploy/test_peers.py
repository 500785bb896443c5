# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ha.cf's sections of peers: the whole list of links, nothing else of the file touched."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy.peer_checks import (
    check_own_lines,
    check_peer,
)
from ansible_collections.laico.lvs.plugins.module_utils._deploy.peers import (
    PeerLink,
    set_peer,
    split_sections,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import ha_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

BLOCK = "# BEGIN laico.lvs heartbeat\nudpport 1694\nkeepalive 200ms\n# END laico.lvs heartbeat\n"
FOREIGN = "auto_failback on\n"


def test_what_is_written_is_what_the_agent_reads() -> None:
    text = BLOCK + FOREIGN
    for name, address in (("dir1", "192.0.2.11"), ("dir2", "192.0.2.12")):
        text = set_peer(
            text,
            name,
            [
                PeerLink("ucast", "eth0", address=address),
                PeerLink("ucast", "eth1", address=address, port=700),
                PeerLink("mcast", "eth2", group="239.0.0.1", ttl=2),
                PeerLink("bcast", "eth3"),
                PeerLink("ucast", "eth4", address="2001:db8::1"),
            ],
        )
    read = ha_cf.parse(text, "ha.cf")
    assert read.nodes == ("dir1", "dir2")
    links = {link.name: link for link in read.links}
    assert links["ucast:eth0"].peers == ("192.0.2.11", "192.0.2.12")
    assert [link.port for link in read.links] == [1694, 700, 1694, 1694, 1694]
    assert (links["mcast:eth2:239.0.0.1"].group, links["mcast:eth2:239.0.0.1"].ttl) == (
        "239.0.0.1",
        2,
    )
    assert links["ucast6:eth4"].peers == ("2001:db8::1",)


def test_the_rest_of_the_file_stays_and_a_second_call_changes_nothing() -> None:
    links = [PeerLink("ucast", "eth0", address="192.0.2.11")]
    text = set_peer(BLOCK + FOREIGN, "dir1", links)
    assert text.startswith(BLOCK + FOREIGN)
    assert set_peer(text, "dir1", links) == text


def test_the_list_of_links_is_whole() -> None:
    text = set_peer(BLOCK, "dir1", [PeerLink("ucast", "eth0", address="192.0.2.11")])
    text = set_peer(text, "dir1", [PeerLink("bcast", "eth1")])
    assert split_sections(text)[1] == {"dir1": ["node dir1", "bcast eth1"]}


def test_a_peer_is_removed_alone() -> None:
    one = set_peer(BLOCK, "dir1", [PeerLink("bcast", "eth0")])
    two = set_peer(one, "dir2", [PeerLink("bcast", "eth0")])
    assert set_peer(two, "dir2", None) == one
    assert set_peer(one, "dir9", None) == one


@pytest.mark.parametrize(
    ("link", "words"),
    [(PeerLink("ucast", "eth0"), "peer's address"), (PeerLink("mcast", "eth0"), "needs its group")],
)
def test_a_link_without_what_it_needs_is_refused(link: PeerLink, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        set_peer(BLOCK, "dir1", [link])


@pytest.mark.parametrize(
    ("name", "link", "sentence"),
    [
        ("dir1", PeerLink("ucast", "eth0", address="999.1.1.1"), "links[1]: 999.1.1.1 is no IPv4"),
        ("dir1", PeerLink("mcast", "eth0", group="192.0.2.1"), "links[1]: 192.0.2.1 is no IPv4 mu"),
        ("dir1", PeerLink("bcast", "eth0", port=70000), "links[1]: "),
        ("dir 1", PeerLink("bcast", "eth0"), "name: "),
        ("dir_1!", PeerLink("bcast", "eth0"), "name: "),
    ],
)
def test_what_the_agent_would_refuse_is_refused_by_option(
    name: str, link: PeerLink, sentence: str
) -> None:
    good = PeerLink("bcast", "eth1")
    with pytest.raises(ConfigError) as caught:
        check_peer(name, [good, link])
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
    check_peer("dir1", [good])


def test_a_director_without_a_link_is_refused() -> None:
    with pytest.raises(ConfigError, match="links: dir1 is reached by no link: name at least one"):
        check_peer("dir1", [])


@pytest.mark.parametrize("line", ["node dir1 dir2", "ucast eth0 192.0.2.1 # x", "  BCAST eth0"])
def test_lines_of_the_operators_own_are_told(line: str) -> None:
    check_own_lines(split_sections(BLOCK + FOREIGN)[0], "ha.cf")
    text = set_peer(BLOCK + line + "\n", "dir1", [PeerLink("bcast", "eth0")])
    words = " ".join(line.split("#", maxsplit=1)[0].split())
    with pytest.raises(ConfigError, match=f"^ha.cf: `{words}` stands outside of this module's"):
        check_own_lines(split_sections(text)[0], "ha.cf")
