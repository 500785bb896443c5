# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role leaves on a director that has a monitor and no heartbeat."""

from __future__ import annotations

from cluster import container, shell, sysctl
from monitored import become, rows

CONFIG = "/etc/ha.d/ldirectord.cf"


def test_the_table_has_both_services_with_their_schedulers_and_weights() -> None:
    wanted = rows(laico2=2, laico3=1)
    assert become(wanted) == wanted


def test_the_monitor_runs_starts_at_boot_and_has_no_agent_beside_it() -> None:
    host = container("laicoz")
    monitor = host.service("lvs-ldirectord")
    assert (monitor.is_running, monitor.is_enabled) == (True, True)
    assert not host.service("lvs-heartbeat").exists


def test_its_files_are_roots() -> None:
    files = f"{CONFIG} /etc/modules-load.d/lvs-ldirectord.conf /etc/sysctl.d/60-lvs-ldirectord.conf"
    told = shell(container("laicoz"), f"stat -c '%U:%G %a' {files}")
    assert told.splitlines() == ["root:root 644"] * 3


def test_its_configuration_is_one_that_it_accepts_without_a_warning() -> None:
    asked = (
        "PYTHONPATH=/usr/local/lib/laico_lvs/current"
        f" python3 -m laico_lvs.ldirectord --check {CONFIG} 2>&1"
    )
    assert "warning" not in shell(container("laicoz"), asked)


def test_the_modules_of_ipvs_and_of_each_scheduler_are_named_for_the_next_boot() -> None:
    text = shell(container("laicoz"), "cat /etc/modules-load.d/lvs-ldirectord.conf")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines == ["ip_vs", "ip_vs_wlc", "ip_vs_wrr"]


def test_the_settings_of_ipvs_hold_now_and_at_the_next_boot() -> None:
    keys = ("net.ipv4.vs.expire_nodest_conn", "net.ipv4.vs.expire_quiescent_template")
    host = container("laicoz")
    assert sysctl(host, *keys) == ["1", "1"]
    text = shell(host, "cat /etc/sysctl.d/60-lvs-ldirectord.conf")
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        f"{key} = 1" for key in keys
    ]
