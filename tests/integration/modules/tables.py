# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of 100 services of 10 destinations each, as options and as ipvsadm's rules."""

from __future__ import annotations

from typing import Any


def hundred_by_ten() -> list[dict[str, Any]]:
    """Entries of ipvs_table's option services."""
    return [
        {
            "address": "192.0.2.146",
            "port": str(port),
            "scheduler": "wrr",
            "destinations": [
                {"destination": f"198.51.100.{number}", "weight": number} for number in range(1, 11)
            ],
        }
        for port in range(8000, 8100)
    ]


def hundred_by_ten_rules() -> list[str]:
    """The same for ``ipvsadm -R``."""
    rules = []
    for port in range(8000, 8100):
        head = f"-t 192.0.2.146:{port}"
        rules.append(f"-A {head} -s wrr")
        rules += [f"-a {head} -r 198.51.100.{n}:{port} -g -w {n}" for n in range(1, 11)]
    return rules
