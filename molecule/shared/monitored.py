# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verifiers of the scenario ldirectord share: its rows, and how a real server dies."""

from __future__ import annotations

from cluster import VIP, container, eventually, shell, table

WEB = f"{VIP}:80"
WEIGHTS = {"192.0.2.2": 2, "192.0.2.3": 1}
# Never checked, so they stand whatever happens to the web servers.
NAMES = sorted(
    [
        f"-A -u {VIP}:53 -s wlc -p 60",
        f"-a -u {VIP}:53 -r 192.0.2.2:53 -g -w 2",
        f"-a -u {VIP}:53 -r 192.0.2.3:53 -g -w 1",
    ]
)


def rows(**weights: int) -> list[str]:
    """The whole table with these real servers of the web service, by name: `laico2=2`."""
    servers = [
        f"-a -t {WEB} -r 192.0.2.{name.removeprefix('laico')}:80 -g -w {weight}"
        for name, weight in weights.items()
    ]
    return sorted([f"-A -t {WEB} -s wrr", *servers, *NAMES])


def become(wanted: list[str], within_s: float = 20) -> list[str]:
    """The director's table once it is as wanted, or when time is up."""
    return eventually(lambda: table(container("laicoz")), lambda now: now == wanted, within_s)


def web(verb: str, *names: str) -> None:
    """Start or stop the web servers of these real servers."""
    for name in names:
        shell(container(name), f"systemctl {verb} nginx")
