# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPVS's sync daemons on a real kernel, started, swapped and stopped; `ipvsadm` is the oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.modules.conftest import Guest

pytestmark = pytest.mark.lab

STEPS = """
from laico_lvs.core.cluster import Resource
from laico_lvs.host.ipvs_sync import SyncDaemon
from laico_lvs.host.sync_daemon import SyncDaemons, swap
def held(*arguments): return Resource("syncdaemon", "LVSSyncDaemonSwap", arguments)
"""
MASTER = "master sync daemon (mcast={}, syncid={})"
BACKUP = "backup sync daemon (mcast={}, syncid={})"


@pytest.fixture
def quiet(guest: Guest) -> Iterator[Guest]:
    stop = "ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup; true"
    guest.run(stop)
    yield guest
    guest.run(stop)


def said(guest: Guest, code: str) -> str:
    program = f"{STEPS}{code}"
    return guest.run("cd /root/t && python3 -", program.encode()).strip()


def running(guest: Guest) -> list[str]:
    """As ipvsadm tells them, without what newer kernels add to the line."""
    lines = guest.run("ipvsadm -L --daemon").splitlines()
    return sorted(line.split(", maxlen", 1)[0].rstrip(")") + ")" for line in lines if line.strip())


def test_a_swap_starts_the_one_and_stops_the_other(quiet: Guest) -> None:
    for is_held, wanted in ((False, BACKUP), (True, MASTER), (True, MASTER), (False, BACKUP)):
        assert said(quiet, f"print(swap(held('master', 'eth0', '7'), {is_held}))") == ""
        assert running(quiet) == [wanted.format("eth0", 7)]


def test_other_words_start_it_anew_and_the_roles_can_be_turned(quiet: Guest) -> None:
    said(quiet, "print(swap(held('master', 'eth0', '7'), True))")
    assert said(quiet, "print(swap(held('master', 'lo', '8'), True))") == ""
    assert running(quiet) == [MASTER.format("lo", 8)]
    assert said(quiet, "print(swap(held('backup', 'eth0', '9'), True))") == ""
    assert running(quiet) == [BACKUP.format("eth0", 9)]


def test_what_ipvsadm_started_is_told_and_stopped(quiet: Guest) -> None:
    quiet.run("ipvsadm --start-daemon master --mcast-interface eth0 --syncid 3")
    quiet.run("ipvsadm --start-daemon backup --mcast-interface eth0 --syncid 4")
    told = said(
        quiet,
        "for d in SyncDaemons().daemons().values():\n"
        "    print(d.role, d.interface, d.sync_id, d.group, d.port)",
    )
    assert told.splitlines() == ["master eth0 3 224.0.0.81 8848", "backup eth0 4 224.0.0.81 8848"]
    said(quiet, "k = SyncDaemons(); k.del_daemon('master'); k.del_daemon('master')")
    assert running(quiet) == [BACKUP.format("eth0", 4)]


def test_all_that_a_daemon_may_be_given(quiet: Guest) -> None:
    said(
        quiet,
        "SyncDaemons().new_daemon(SyncDaemon('master', 'eth0', 5, 1400, '239.0.0.9', 8849, 3))",
    )
    line = quiet.run("ipvsadm -L --daemon").strip()
    assert line == (
        "master sync daemon (mcast=eth0, syncid=5, maxlen=1400, group=239.0.0.9, port=8849, ttl=3)"
    )


def test_a_refusal_is_a_sentence(quiet: Guest) -> None:
    assert said(quiet, "print(swap(held('master', 'eth9', '7'), True))") == (
        "IPVS refused its master sync daemon: there is no interface eth9."
    )
    assert running(quiet) == []
