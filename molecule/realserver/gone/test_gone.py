# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With `realserver_state: absent` the host is as it was before the role came."""

from __future__ import annotations

from cluster import addresses, container, shell, sysctl


def test_no_address_is_left() -> None:
    host = container("laico2")
    assert [each for each in addresses(host, "lo") if "." in each] == ["127.0.0.1/8"]
    assert [each for each in addresses(host, "eth0") if "." in each] == ["192.0.2.2/24"]


def test_the_settings_are_what_they_were_before_the_role_though_it_was_rebooted_since() -> None:
    names = ("net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce")
    assert sysctl(container("laico2"), *names) == ["0", "1"]


def test_no_file_and_no_unit_is_left() -> None:
    found = shell(
        container("laico2"),
        "find /etc /usr/local /run/lvs /var/lib/lvs -xdev -name '*lvs*' 2>/dev/null || true;"
        " systemctl list-units --all --no-legend --plain 'lvs-*'",
    )
    assert found.split() == []
