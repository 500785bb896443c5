# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monitor on a kernel with IPVS, as its unit runs it; ``ipvsadm -Sn`` is the oracle."""

from __future__ import annotations

import time

import pytest

from tests.integration.monitor.conftest import UNIT, Director
from tests.integration.monitor.tables import (
    ALL,
    FULL,
    SERVICE,
    VIP,
    config,
    real,
    row,
    start,
    write_groups,
)

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci]


def test_the_table_follows_the_servers(director: Director) -> None:
    director.run("ipvsadm -A -t 192.0.2.9:99 -s lc; ipvsadm -a -t 192.0.2.9:99 -r 192.0.2.8 -g")
    foreign = ["-A -t 192.0.2.9:99 -s lc", "-a -t 192.0.2.9:99 -r 192.0.2.8:99 -g -w 1"]
    start(director, config(*ALL))
    director.until([*FULL, *foreign])
    director.set_mood(p8001="bad", p8002="hang")
    director.until([SERVICE, row(8003, 5), *foreign])
    director.set_mood(p8001="good", p8002="good")
    director.until([*FULL, *foreign])
    log = director.log()
    for line in (
        f"Added virtual server: tcp:{VIP}:80",
        f"Added real server: 192.0.2.1:8003 (tcp:{VIP}:80) (Weight set to 5)",
        f"Real server is down: 192.0.2.1:8001 (tcp:{VIP}:80): its answer does not match",
        f"Real server is down: 192.0.2.1:8002 (tcp:{VIP}:80): no answer within 0.5 s",
        f"Deleted real server: 192.0.2.1:8001 (tcp:{VIP}:80)",
    ):
        assert line in log
    assert "Somebody else" not in log


def test_the_unit_loads_the_modules_it_needs(director: Director) -> None:
    director.run(
        "for each in $(lsmod | grep -o '^ip_vs_[a-z]*'); do rmmod $each; done; rmmod ip_vs"
    )
    start(director, config(*ALL))
    director.until(FULL)


def test_rows_changed_by_hand_are_mended(director: Director) -> None:
    start(director, config(*ALL))
    director.until(FULL)
    for script in (
        f"ipvsadm -d -t {VIP}:80 -r 192.0.2.1:8001",
        f"ipvsadm -e -t {VIP}:80 -r 192.0.2.1:8003 -m -w 9",
        f"ipvsadm -E -t {VIP}:80 -s wlc",
        f"ipvsadm -D -t {VIP}:80",
        "ipvsadm -C",
        f"ipvsadm -a -t {VIP}:80 -r 192.0.2.1:9999 -m",
    ):
        director.run(script)
        director.until(FULL, within_s=3.0)
    assert "Somebody else had changed rows" in director.log()


def test_a_reload_changes_in_place_what_changed(director: Director) -> None:
    start(director, config(*ALL))
    director.until(FULL)
    before = director.log()
    start(director, config(real(8001, 7), *ALL[1:], scheduler="wlc"), verb="reload")
    wanted = [f"-A -t {VIP}:80 -s wlc", row(8001, 7), *FULL[2:]]
    director.until(wanted)
    lines = director.log()[len(before) :].split("\n")
    assert [line for line in lines if "server:" in line] == [
        f"Changed virtual server: tcp:{VIP}:80",
        f"Changed real server: 192.0.2.1:8001 (tcp:{VIP}:80) (Weight set to 7)",
    ]


def test_a_broken_file_is_refused_and_nothing_changes(director: Director) -> None:
    start(director, config(*ALL))
    director.until(FULL)
    start(director, config(real(8001), settings="chekinterval=2\n"), verb="reload")
    director.until_true(
        lambda: "ldirectord.cf:4: unknown directive chekinterval" in director.log(), "the sentence"
    )
    assert director.saved() == sorted(FULL)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_rows_outlive_the_monitor_and_the_next_life_tidies_up(director: Director, how: str) -> None:
    second = f"virtual={VIP}:81\n    checktype=on\n    real=192.0.2.1:8001 masq\n    scheduler=rr\n"
    both = [*FULL, f"-A -t {VIP}:81 -s rr", row(8001, 1, f"-t {VIP}:81")]
    start(director, config(*ALL) + second)
    director.until(both)
    director.write("/etc/ha.d/ldirectord.cf", config(*ALL))
    if how == "kill":
        director.run(f"systemctl kill -s KILL {UNIT}")
    else:
        director.run(f"systemctl stop {UNIT}")
        assert director.saved() == sorted(both)
        director.run(f"systemctl start {UNIT}")
    director.until(FULL)
    director.run(f"systemctl is-active {UNIT}")


def test_an_existing_service_is_adopted_in_place(director: Director) -> None:
    director.set_mood(p8001="hang", p8002="hang", p8003="hang")
    director.run(
        f"ipvsadm -A -t {VIP}:80 -s wlc; ipvsadm -a -t {VIP}:80 -r 192.0.2.1:8001 -m -w 3;"
        f" ipvsadm -a -t {VIP}:80 -r 192.0.2.1:9999 -m"
    )
    text = config(*ALL).replace("checktimeout=0.5", "checktimeout=3")
    start(director, text)
    # Not yet judged: the row stands as it was; what the configuration does not name goes.
    assert director.saved() == sorted([SERVICE, row(8001, 3)])
    director.until([SERVICE])
    director.set_mood(p8001="good", p8002="good", p8003="good")
    director.until(FULL)
    assert "Added virtual server" not in director.log()


def test_cleanstop_yes_takes_own_rows_out_and_no_others(director: Director) -> None:
    director.run("ipvsadm -A -f 9 -s rr")
    start(director, config(*ALL).replace("cleanstop=no", "cleanstop=yes"))
    director.until([*FULL, "-A -f 9 -s rr"])
    director.run(f"systemctl stop {UNIT}")
    assert director.saved() == ["-A -f 9 -s rr"]


def test_quiescent_keeps_the_row_with_weight_0(director: Director) -> None:
    start(director, config(*ALL, settings="quiescent=yes\n"))
    director.until(FULL)
    director.set_mood(p8001="bad")
    director.until([SERVICE, row(8001, 0), *FULL[2:]])
    assert f"Quiescent real server: 192.0.2.1:8001 (tcp:{VIP}:80) (Weight set to 0)" in (
        director.log()
    )


def test_the_fallback_stands_without_being_written_again(director: Director) -> None:
    start(director, config(*ALL, settings="fallback=127.0.0.1:80 gate\n"))
    director.until(FULL)
    director.set_mood(p8001="bad", p8002="bad", p8003="bad")
    director.until([SERVICE, f"-a -t {VIP}:80 -r 127.0.0.1:80 -g -w 1"])
    time.sleep(2.0)
    log = director.log()
    assert log.count("Added fallback server") == 1
    assert "Somebody else" not in log
    director.set_mood(p8002="good")
    director.until([SERVICE, row(8002)])


KINDS = """\
checkinterval=0.5
virtual=192.0.2.146:80
    checktype=on
    real=192.0.2.2 gate 2
    real=192.0.2.3->192.0.2.4 ipip "u:10" "l:5"
    scheduler=sh
    schedflags=sh-port,sh-fallback
    persistent=600
    netmask=255.255.255.0
virtual=192.0.2.146:53
    checktype=on
    real=192.0.2.2:5353 masq
    ops=yes
    scheduler=rr
virtual=7
    checktype=on
    real=192.0.2.2 gate
    scheduler=wrr
    persistent=60
    netmask=255.255.255.255
virtual6=[2001:db8::146]:80
    checktype=on
    real6=[2001:db8::2]:80 gate
    scheduler=mh
    schedflags=mh-port,mh-fallback
    persistent=300
    netmask=64
virtual6=8
    checktype=off
    real=2001:db8::2 gate
    scheduler=wlc
"""
EXPECTED_KINDS = [
    "-A -t 192.0.2.146:80 -s sh -p 600 -M 255.255.255.0 -b sh-fallback,sh-port",
    "-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 2",
    "-a -t 192.0.2.146:80 -r 192.0.2.3:80 -i -w 1 --tun-type ipip",
    "-a -t 192.0.2.146:80 -r 192.0.2.4:80 -i -w 1 --tun-type ipip",
    "-A -u 192.0.2.146:53 -s rr -o",
    "-a -u 192.0.2.146:53 -r 192.0.2.2:5353 -m -w 1",
    "-A -f 7 -s wrr -p 60",
    "-a -f 7 -r 192.0.2.2:0 -g -w 1",
    "-A -t [2001:db8::146]:80 -s mh -p 300 -M 64 -b mh-fallback,mh-port",
    "-a -t [2001:db8::146]:80 -r [2001:db8::2]:80 -g -w 1",
    "-A -f 8 -6 -s wlc",
]


def test_every_kind_of_service_settles_and_is_not_written_again(director: Director) -> None:
    start(director, KINDS)
    director.until(EXPECTED_KINDS)
    limits = director.run("ipvsadm -Ln --thresholds | grep -A1 192.0.2.3:80").split()
    assert "10" in limits
    assert "5" in limits
    time.sleep(2.0)
    assert "Somebody else" not in director.log()


def test_a_scheduler_the_kernel_lacks_stops_no_other_service(director: Director) -> None:
    second = f"virtual={VIP}:81\n    checktype=on\n    scheduler=nosuch\n"
    start(director, config(*ALL) + second)
    director.until(FULL)
    assert "no IPVS scheduler 'nosuch'" in director.log()
    assert director.log().count("nosuch'") == 1


def test_a_cold_group_is_in_the_kernel_while_it_is_activated(director: Director) -> None:
    write_groups(director, "cold")
    start(director, config(*ALL))
    time.sleep(1.5)
    assert director.saved() == []
    answer = director.ask("activate", group=VIP, addresses=[VIP])
    assert director.saved() == sorted(FULL)
    assert answer["healthy"] == 3
    director.run(f"systemctl restart {UNIT}")
    assert director.saved() == sorted(FULL)
    director.ask("deactivate", group=VIP)
    assert director.saved() == []


def test_activation_right_after_the_start_waits_for_a_server(director: Director) -> None:
    write_groups(director, "cold")
    text = config(*ALL).replace("checkinterval=0.5", "checkinterval=10")
    start(director, text)
    answer = director.ask("activate", group=VIP)
    assert answer["healthy"] >= 1
    assert len(director.saved()) >= 2


def test_warm_groups_of_two_states_have_one_digest(director: Director) -> None:
    digests = []
    for standby in ("warm", "cold"):
        write_groups(director, standby)
        start(director, config(*ALL))
        director.until_true(
            lambda: director.ask("status")["groups"][VIP]["healthy"] == 3, "three healthy"
        )
        digests.append(director.ask("status")["groups"][VIP]["digest"])
    assert digests[0] == digests[1]


def test_the_check_of_a_file_tells_every_problem(director: Director) -> None:
    director.write("/tmp/bad.cf", "chekinterval=1\nvirtual=192.0.2.146:80\n    real=nobody gate\n")
    words = "PYTHONPATH=/usr/local/lib/laico_lvs/current python3 -m laico_lvs.ldirectord --check"
    said = director.run(f"{words} /tmp/bad.cf 2>&1; echo $?").split("\n")
    assert said[0].startswith("/tmp/bad.cf:1: unknown directive chekinterval (perhaps checkint")
    assert said[1].startswith("/tmp/bad.cf:3: the name nobody has no IPv4 address")
    assert said[2] == "1"
