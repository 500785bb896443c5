# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs.cf: what the files of Linux-HA cannot say."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import lvs_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.lvs_cf import GroupSettings
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Watch
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/lvs.cf"


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        lvs_cf.parse(text, PATH)
    return str(caught.value).splitlines()


def test_empty_file_leaves_everything_as_it_is() -> None:
    found = lvs_cf.parse("", PATH)
    assert (found.cluster, found.lease_s, found.fence_command) == (None, None, None)
    assert (found.notify_command, found.watches, found.needs_majority) == (None, (), True)
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
        "notify /usr/local/sbin/tell -t ops\n"
        "quorum off\n"
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
    assert found.notify_command == ("/usr/local/sbin/tell", "-t", "ops")
    assert found.needs_majority is False
    assert found.standby == "cold"
    assert found.groups == {
        "192.0.2.146": GroupSettings(10, "warm", False, ("laicoz", "laicoy")),
        "2001:db8::1": GroupSettings(15, None, True, None),
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
        ("quorum maybe", 1, "quorum maybe: write on or off"),
        ("quorum on off", 1, "quorum on off: write on or off"),
        ("notify mail", 1, "write the whole path of the notify command mail"),
        ("notify /a\nnotify /b", 2, "notify stands in line 1 too: remove one of them"),
        ("lease 3\ncluster x\nlease 4", 3, "lease stands in line 1 too"),
        ("group 192.0.2.1\n  order a b\n  order b a", 3, "order stands in line 2 too"),
        ("watch nginx -t", 1, "write the whole path of the watch command nginx"),
        ("watch", 1, "watch says nothing"),
        ("watch /a\n  intervall 2", 2, "intervall is no directive in a watch (perhaps interval)"),
        ("watch /a\n  order a b", 2, "order is no directive in a watch"),
        ("watch /a\n  interval soon", 2, "write interval in seconds (2) or milliseconds"),
        ("watch /a\n  interval 50ms", 2, "interval is below 0.1 s: write 100ms or more"),
        ("watch /a\n  interval 0", 2, "interval is below 0.1 s"),
        ("watch /a\n  timeout 3", 2, "timeout (3 s) must be above 0 and at most interval (2 s)"),
        ("watch /a\n  timeout 0", 2, "timeout (0 s) must be above 0"),
        ("watch /a\n  interval 1\n  timeout 1001ms", 3, "at most interval (1 s)"),
        ("watch /a\n  fall 0", 2, "fall 0: write a number from 1 to 1000"),
        ("watch /a\n  rise x", 2, "rise x: write a number from 1 to 1000"),
        ("watch /a\n  rise 1 2", 2, "rise 1 2: write a number from 1 to 1000"),
        ("watch /a b\nwatch /a b", 2, "the same command is watched in line 1 too"),
        ("lease \u00b2", 1, "whole seconds"),
        ("lease " + "9" * 400, 1, "whole seconds"),
        ("group fe80::1%eth0", 1, "write `group ADDRESS`"),
    ],
)
def test_what_is_wrong_is_named_by_line(text: str, line: int, sentence: str) -> None:
    said = refusal(text)
    assert len(said) == 1, said
    assert said[0].startswith(f"{PATH}:{line}: ")
    assert sentence in said[0]


def test_indented_directive_outside_of_a_group_belongs_to_the_file() -> None:
    assert lvs_cf.parse("  cluster laico\n", PATH).cluster == "laico"


def test_watch_blocks() -> None:
    found = lvs_cf.parse(
        "watch /usr/lib/nagios/check_disk -w 5%\n"
        "    interval 5\n"
        "    timeout 1500ms   # kill it then\n"
        "    fall 2\n"
        "    rise 4\n"
        "watch /usr/bin/test -e /run/ok\n"
        "watch /bin/quick\n"
        "    interval 500ms\n"
        "quorum on\n",
        PATH,
    )
    assert found.watches == (
        Watch(("/usr/lib/nagios/check_disk", "-w", "5%"), 5.0, 1.5, 2, 4),
        Watch(("/usr/bin/test", "-e", "/run/ok")),
        # A timeout that is left out never exceeds the interval.
        Watch(("/bin/quick",), 0.5, 0.5),
    )
    assert found.watch_lines == (1, 6, 7)
    assert found.needs_majority is True


def test_lines_of_a_refused_block_are_not_the_files_own() -> None:
    assert refusal("group web\n    order a b\n    standby cold\n") == [
        f"{PATH}:1: write `group ADDRESS`, the group's first address, alone."
    ]
