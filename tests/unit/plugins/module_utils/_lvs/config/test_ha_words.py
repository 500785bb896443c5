# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directives of heartbeat 3 that are not honoured: each by name, with what to write instead."""

from __future__ import annotations

import shlex

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import ha_cf, ha_words
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.problems import Problems
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/ha.cf"
LEAST = "node a b\nucast eth0 192.0.2.1\nauto_failback on\n"
# All that the configuration reader of heartbeat 3 knows: words, whole lines and media plugins.
_HEARTBEAT_3 = """
    apiauth autojoin auto_failback baud bcast cluster compression compression_threshold
    conn_logd_time coredumps coreroot crm crm_daemon_dir crmd_spawns_pengine deadping deadtime debug
    debugfile enable_config_writes env failfast hbaping hbgenmethod hopfudge initdead keepalive
    log_badpack logfacility logfile max_rexmit_delay mcast mcast6 memreserve msgfmt nice_failback
    node normalpoll openais pacemaker ping ping_group qserver quorum_server realtime
    record_config_changes record_pengine_inputs respawn rtprio serial stonith stonith_host
    syslogmsgfmt tipc traditional_compression ucast ucast6 udp udpport use_apphbd use_logd uuidfrom
    warntime watchdog
"""


def refusal(lines: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        ha_cf.parse(LEAST + lines, PATH)
    return str(caught.value).splitlines()


def test_each_directive_of_heartbeat_3_is_known_in_exactly_one_way() -> None:
    known = [*ha_cf.READERS, *ha_words.NO_EFFECT, *ha_words.REFUSED]
    assert sorted(known) == sorted(_HEARTBEAT_3.split())


@pytest.mark.parametrize("name", sorted(ha_words.NO_EFFECT))
def test_what_changes_nothing_is_said_and_read(name: str) -> None:
    found = ha_cf.parse(f"{LEAST}{name} what ever\n", PATH)
    assert found.warnings == (f"{PATH}:4: {name} has no effect here: {ha_words.NO_EFFECT[name]}.",)


@pytest.mark.parametrize("name", sorted(ha_words.REFUSED))
def test_what_is_refused_says_what_to_write_instead(name: str) -> None:
    said = refusal(f"{name} what ever\n")
    assert len(said) == 1, said
    assert said[0].startswith(f"{PATH}:4: {name} cannot be used: ")
    assert "instead" in said[0]
    assert "remove the line" in said[0]


def test_a_respawned_ipfail_is_done_by_the_agent() -> None:
    found = ha_cf.parse(f"{LEAST}respawn hacluster /usr/lib/heartbeat/ipfail\n", PATH)
    assert found.warnings == (
        f"{PATH}:4: respawn hacluster /usr/lib/heartbeat/ipfail has no effect here: the agent "
        "compares ping nodes by itself (ping, ping_group).",
    )


@pytest.mark.parametrize(
    ("line", "wanted", "unwanted"),
    [
        (
            "respawn hacluster /usr/lib/heartbeat/dopd -v 100%$A",
            ["User=hacluster", "ExecStart=/usr/lib/heartbeat/dopd -v 100%%$$A", "Restart=always"],
            "FailureAction=reboot",
        ),
        (
            "failfast root /usr/lib/heartbeat/cib",
            ["User=root", "ExecStart=/usr/lib/heartbeat/cib", "FailureAction=reboot"],
            "Restart=always",
        ),
    ],
)
def test_other_children_are_refused_with_their_unit(
    line: str, wanted: list[str], unwanted: str
) -> None:
    (said,) = refusal(f"{line}\n")
    words = shlex.split(said.split(", for example by: ")[1])
    name = line.split()[2].rsplit("/", 1)[1]
    assert words[:2] == ["printf", "%s\\n"]
    assert set(wanted) <= set(words)
    assert unwanted not in words
    assert words[words.index(">") + 1] == f"/etc/systemd/system/{name}.service"
    assert words[-4:] == ["systemctl", "enable", "--now", name]


@pytest.mark.parametrize(
    "line", ["respawn", "respawn root", "respawn root bin/x", "respawn root ;/bin/x"]
)
def test_a_child_without_a_whole_path_gets_no_unit(line: str) -> None:
    (said,) = refusal(f"{line}\n")
    assert "printf" not in said


def test_a_hostile_child_cannot_break_out_of_its_unit() -> None:
    (said,) = refusal("respawn $(id) /x/'`reboot`;y\n")
    words = shlex.split(said.split(", for example by: ")[1])
    assert "User=$(id)" in words
    assert words[words.index(">") + 1] == "/etc/systemd/system/reboot-y.service"


def test_the_old_word_for_bcast() -> None:
    found = ha_cf.parse(f"{LEAST}udp eth1\n", PATH)
    assert [link.name for link in found.links] == ["ucast:eth0", "bcast:eth1"]
    assert found.warnings == (f"{PATH}:4: udp is the old word for bcast: write bcast.",)


def test_of_two_equal_directives_the_last_counts_as_ever() -> None:
    found = ha_cf.parse(f"{LEAST}deadtime 10\ndeadtime 20\n", PATH)
    assert found.deadtime_s == 20.0
    assert found.warnings == (f"{PATH}:5: deadtime stands in line 4 too: this line counts.",)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        # A keepalive of its own default would be too long for this deadtime.
        ("keepalive 20Oms\ndeadtime 1\n", ["keepalive 20Oms is no time"]),
        ("deadtime x\nwarntime 100\ninitdead 5\n", ["deadtime x is no time"]),
        ("deadtime 40\ninitdead x\n", ["initdead x is no time"]),
        ("keepalive x\ndeadping 100ms\n", ["keepalive x is no time"]),
        ("auto_failback x\n", ["auto_failback x is neither"]),
    ],
)
def test_what_is_broken_is_blamed_alone(lines: str, said: list[str]) -> None:
    found = refusal(lines)
    assert len(found) == len(said), found
    for sentence, part in zip(found, said):
        assert part in sentence


def test_a_broken_failback_line_is_not_a_missing_one() -> None:
    problems = Problems(PATH)
    ha_cf.read(LEAST.replace("failback on", "failback in"), problems)
    assert (len(problems.errors), problems.warnings) == (1, ())


def test_a_broken_node_line_is_not_a_missing_one() -> None:
    with pytest.raises(ConfigError) as caught:
        ha_cf.parse("node -a\nbcast eth0\nauto_failback on\n", PATH)
    assert str(caught.value) == f"{PATH}:1: -a is no host name: write what `uname -n` prints."


def test_what_cannot_be_printed_is_escaped() -> None:
    (said,) = refusal("logf\x1b[31mile x\n")
    assert "\\x1b[31m" in said
    assert said.isprintable()


@pytest.mark.parametrize(
    "line",
    [
        f"deadtime {'9' * 400}",
        f"deadtime {'9' * 5000}",
        f"udpport {'1' * 5000}",
        "udpport \u00b2",
        f"mcast eth0 239.0.0.1 694 {'1' * 5000}",
        "rtprio \u0663",
        "ucast6 eth0 fe80::1%eth0",
        "deadtime 8000h",
    ],
)
def test_numbers_that_are_none_are_refused(line: str) -> None:
    assert refusal(f"{line}\n")[0].startswith(f"{PATH}:4: ")


def test_a_whole_file_of_the_old_program_comes_over() -> None:
    """As guides of its time have it; only what changes nothing is remarked upon."""
    found = ha_cf.parse(
        "debugfile /var/log/ha-debug\n"
        "logfile\t/var/log/ha-log\n"
        "logfacility\tlocal0\n"
        "keepalive 2\n"
        "deadtime 30\n"
        "warntime 10\n"
        "initdead 120\n"
        "udpport\t694\n"
        "baud\t19200\n"
        "bcast\teth0\t\t# Linux\n"
        "mcast eth0 225.0.0.1 694 1 0\n"
        "ucast eth1 198.51.100.2\n"
        "auto_failback on\n"
        "watchdog /dev/watchdog\n"
        "node\tlb1.example.org\n"
        "node\tlb2.example.org\n"
        "ping 192.0.2.254\n"
        "ping_group group1 192.0.2.252 192.0.2.253\n"
        "deadping 30\n"
        "respawn hacluster /usr/lib/heartbeat/ipfail\n"
        "apiauth ipfail gid=haclient uid=hacluster\n"
        "hopfudge 1\n"
        "realtime on\n"
        "rtprio 5\n"
        "msgfmt  classic/netstring\n"
        "use_logd yes\n"
        "conn_logd_time 60\n"
        "compression\tbz2\n"
        "compression_threshold 2\n",
        PATH,
    )
    assert [warning.split(":")[1] for warning in found.warnings] == [
        *("1", "2", "3", "9", "14", "20", "21", "22", "25", "26", "27", "28", "29")
    ]
    assert [ping.name for ping in found.pings] == ["192.0.2.254", "group1"]
    assert [link.name for link in found.links] == [
        "bcast:eth0",
        "mcast:eth0:225.0.0.1",
        "ucast:eth1",
    ]
    assert (found.warntime_s, found.deadping_s, found.realtime_priority) == (10.0, 30.0, 5)
