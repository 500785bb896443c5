# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A busy host, clocks, restarts, reloads, and what somebody deletes by hand."""

from __future__ import annotations

import os
import time

import pytest

from tests.integration.faults.bounds import KEEPALIVE_MS, Bound, stays
from tests.integration.faults.conftest import Play
from tests.integration.faults.pair import DIRECTORS, UNIT, Pair, wait_until
from tests.integration.story.cluster import VIP

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci, pytest.mark.timeout(300)]
CHECK_INTERVAL_MS = 2000
DAY_S = 86400
# A host lets us in before it has started the agent, which is to be asked.
STABLE = """
for second in $(seq 30); do lvsctl wait stable --timeout 30 && exit; sleep 1; done
systemctl status --no-pager 'lvs-*'; exit 1
"""
HA_CF = "/etc/ha.d/ha.cf"
POLICY = "import os, sys; print(os.sched_getscheduler(int(sys.argv[1])))"
# More than the one processor has; each ends by itself.
HOG = 'for i in 1 2 3 4; do timeout 10 sh -c "while :; do :; done" & done; wait; true'


def test_a_busy_holder(pair: Pair, play: Play) -> None:
    """Four programs that want the holder's only processor for 10 s; the agent has realtime on."""
    main_pid = f"$(systemctl show --property=MainPID --value {UNIT})"
    policy = int(pair.run("laicoz", f"python3 -c '{POLICY}' {main_pid}"))
    assert policy & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    play("four busy loops on the holder for 10 s", stays("laicoz"), lambda: pair.run("laicoz", HOG))


def test_both_rebooted_together(pair: Pair, play: Play) -> None:
    """B3: the first in the order takes; two boots are in the outage."""

    def act() -> None:
        for host in DIRECTORS:
            pair.cut_power(host)
        for host in DIRECTORS:
            pair.give_power(host, is_waiting=False)
        for host in DIRECTORS:
            pair.give_power(host)
            pair.run(host, STABLE)

    bound = Bound("laicoz", outage_ms=40_000)
    seen = play("both directors' power cut and given back", bound, act)
    assert set(seen.holders) == {"laicoz"}


@pytest.mark.parametrize("host", DIRECTORS)
def test_the_clock_jumps_by_a_day(pair: Pair, play: Play, host: str) -> None:
    def act() -> None:
        for sign in ("+", "-"):
            pair.run(host, f"date -s @$(( $(date +%s) {sign} {DAY_S} ))")
            time.sleep(3)

    who = "holder" if host == "laicoz" else "standby"
    play(f"clock of the {who} set a day on and back", stays("laicoz"), act)


def test_reload(pair: Pair, play: Play) -> None:
    """A good file is taken, a broken one refused by file and line; nothing moves by either."""
    spoil = f"cp {HA_CF} /root/ha.cf; echo 'undport 695' >> {HA_CF}"
    change = f"sed -i 's/^warntime .*/warntime 600ms/' {HA_CF}"

    def good() -> None:
        for host in DIRECTORS:
            pair.run(host, f"cp {HA_CF} /root/good; {change} && lvsctl reload")
        time.sleep(2)

    def broken() -> None:
        for host in DIRECTORS:
            pair.run(host, spoil)
            code, said = pair.try_run(host, "lvsctl reload")
            assert code != 0
            assert "undport" in said
            assert "ha.cf:" in said
        time.sleep(2)

    try:
        play("reload with a good file", stays("laicoz"), good)
        play("reload with a broken file", stays("laicoz"), broken)
    finally:
        for host in DIRECTORS:
            pair.run(host, f"cp /root/good {HA_CF} && lvsctl reload")


def test_a_row_deleted_by_hand(pair: Pair, play: Play) -> None:
    """Put back by the next check; the other server answers meanwhile."""
    rows = pair.table("laicoz")

    def act() -> None:
        pair.run("laicoz", f"ipvsadm -d -t {VIP}:80 -r 192.0.2.2:80")
        within_s = CHECK_INTERVAL_MS / 1000 + 0.5
        wait_until("the row is back", lambda: pair.table("laicoz") == rows, within_s)

    play("row of a real server deleted by hand", stays("laicoz"), act)


def test_a_service_deleted_by_hand(pair: Pair, play: Play) -> None:
    rows = pair.table("laicoz")

    def act() -> None:
        pair.run("laicoz", f"ipvsadm -D -t {VIP}:80")
        within_s = CHECK_INTERVAL_MS / 1000 + 0.5
        wait_until("the service is back", lambda: pair.table("laicoz") == rows, within_s)

    bound = Bound("laicoz", ("laicoz",), outage_ms=CHECK_INTERVAL_MS + 500)
    play("virtual service deleted by hand", bound, act)


def test_the_address_deleted_by_hand(pair: Pair, play: Play) -> None:
    def act() -> None:
        pair.run("laicoz", f"ip address delete {VIP}/24 dev eth0")
        time.sleep(1)

    bound = Bound("laicoz", outage_ms=KEEPALIVE_MS + 100)
    seen = play("address deleted by hand", bound, act)
    assert set(seen.holders) == {"laicoz"}
