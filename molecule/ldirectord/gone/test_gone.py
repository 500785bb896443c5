# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With `ldirectord_state: absent` the monitor, its rows, files and settings are gone."""

from __future__ import annotations

from cluster import VIP, addresses, container, shell, sysctl, table


def test_its_rows_are_gone_and_the_address_which_is_not_its_stays() -> None:
    assert table(container("laicoz")) == []
    assert f"{VIP}/24" in addresses(container("laicoz"), "eth0")


def test_no_unit_file_or_code_of_it_is_left() -> None:
    found = shell(
        container("laicoz"),
        "ls -d /etc/ha.d /etc/modules-load.d/lvs-* /etc/sysctl.d/60-lvs-* /usr/local/lib/laico_lvs"
        " /usr/local/sbin/lvsctl 2>/dev/null;"
        " systemctl list-unit-files --no-legend 'lvs-ldirectord*' || true",
    )
    assert found.split() == []


def test_the_settings_of_ipvs_are_the_kernels_own_again() -> None:
    keys = ("net.ipv4.vs.expire_nodest_conn", "net.ipv4.vs.expire_quiescent_template")
    assert sysctl(container("laicoz"), *keys) == ["0", "0"]
