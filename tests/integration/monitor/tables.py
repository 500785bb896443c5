# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the monitor's tests on a kernel configure, and the table it should come to."""

from __future__ import annotations

from tests.integration.monitor.conftest import UNIT, Director

GLOBAL = "checkinterval=0.5\nchecktimeout=0.5\ncleanstop=no\n"
VIP = "192.0.2.146"
SERVICE = f"-A -t {VIP}:80 -s rr"


def real(port: int, weight: int = 1) -> str:
    return f"    real=192.0.2.1:{port} masq {weight}\n"


def config(
    *reals: str, settings: str = "", head: str = f"virtual={VIP}:80", scheduler: str = "rr"
) -> str:
    check = "    service=http\n    receive=LAICO\n"
    return f"{GLOBAL}{settings}{head}\n{''.join(reals)}{check}    scheduler={scheduler}\n"


def row(port: int, weight: int = 1, service: str = f"-t {VIP}:80") -> str:
    return f"-a {service} -r 192.0.2.1:{port} -m -w {weight}"


ALL = (real(8001), real(8002), real(8003, 5))
FULL = [SERVICE, row(8001), row(8002), row(8003, 5)]


def start(director: Director, text: str, verb: str = "restart") -> None:
    director.write("/etc/ha.d/ldirectord.cf", text)
    director.run(f"systemctl {verb} {UNIT}")


def write_groups(director: Director, standby: str) -> None:
    director.write("/etc/ha.d/ha.cf", "node a b\nucast eth0 192.0.2.32\nauto_failback off\n")
    director.write("/etc/ha.d/haresources", f"a ldirectord::ldirectord.cf {VIP}/24/eth0\n")
    director.write("/etc/ha.d/lvs.cf", f"standby {standby}\n")
