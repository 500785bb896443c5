# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs.cf: what the files of Linux-HA cannot say."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import lvs_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.lvs_cf import GroupSettings
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/lvs.cf"


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        lvs_cf.parse(text, PATH)
    return str(caught.value).splitlines()


def test_empty_file_leaves_everything_as_it_is() -> None:
    found = lvs_cf.parse("", PATH)
    assert (found.cluster, found.lease_s, found.fence_command) == (None, None, None)
    assert found.standby == "warm"
    assert found.groups == {}


def test_all_directives() -> None:
    found = lvs_cf.parse(
        "# ours\n"
        "cluster laico   # the name\n"
        "node LaicoY\n"
        "lease 3\n"
        "failback_delay 500ms\n"
        "fence /usr/local/sbin/off --hard\n"
        "standby cold\n"
        "group 192.0.2.146\n"
        "    standby warm\n"
        "\tauto_failback off\n"
        "\n"
        "    order LaicoZ laicoy\n"
        "group 2001:DB8::1\n"
        "    auto_failback yes\n",
        PATH,
    )
    assert (found.cluster, found.node) == ("laico", "laicoy")
    assert (found.lease_s, found.failback_delay_s) == (3, 0.5)
    assert found.fence_command == ("/usr/local/sbin/off", "--hard")
    assert found.standby == "cold"
    assert found.groups == {
        "192.0.2.146": GroupSettings(8, "warm", False, ("laicoz", "laicoy")),
        "2001:db8::1": GroupSettings(13, None, True, None),
    }


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("clutser laico", 1, "clutser is no directive here (perhaps cluster)"),
        ("cluster", 1, "cluster says nothing"),
        ("cluster two words", 1, "as one word of at most 32"),
        ("cluster " + "x" * 33, 1, "as one word of at most 32"),
        ("node a b", 1, "the name of this host alone"),
        ("lease 2.5", 1, "whole seconds"),
        ("lease 0", 1, "whole seconds"),
        ("failback_delay soon", 1, "write failback_delay in seconds"),
        ("fence off", 1, "write the whole path of the fence command off"),
        ("standby hot", 1, "standby hot: write warm or cold"),
        ("group web", 1, "write `group ADDRESS`"),
        ("group 192.0.2.1\n  lease 3", 2, "lease is no directive in a group"),
        ("group 192.0.2.1\n  auto_failback legacy", 2, "write on or off"),
        ("group 192.0.2.1\n  order a b A", 2, "a node stands twice"),
        ("group 192.0.2.1\ngroup 192.0.2.1", 2, "stands here a second time"),
        ("auto_failback on", 1, "auto_failback is no directive here"),
    ],
)
def test_what_is_wrong_is_named_by_line(text: str, line: int, sentence: str) -> None:
    said = refusal(text)
    assert len(said) == 1, said
    assert said[0].startswith(f"{PATH}:{line}: ")
    assert sentence in said[0]


def test_indented_directive_outside_of_a_group_belongs_to_the_file() -> None:
    assert lvs_cf.parse("  cluster laico\n", PATH).cluster == "laico"
