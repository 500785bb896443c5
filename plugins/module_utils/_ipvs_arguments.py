# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that several IPVS modules have, as their argument specs say them."""

from __future__ import annotations

from typing import Any

Arguments = dict[str, dict[str, Any]]

# What names a virtual service.
IDENTITY: Arguments = {
    "address": {"type": "str"},
    "port": {"type": "str"},
    "protocol": {"type": "str", "choices": ["tcp", "udp", "sctp"], "default": "tcp"},
    "fwmark": {"type": "int"},
    "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
}
IDENTITY_RULES: dict[str, Any] = {
    "required_one_of": [("address", "fwmark")],
    "mutually_exclusive": [("address", "fwmark"), ("port", "fwmark")],
    "required_by": {"address": ("port",), "port": ("address",)},
}
SERVICE: Arguments = {
    "scheduler": {"type": "str"},
    "scheduler_flags": {
        "type": "list",
        "elements": "str",
        "choices": [
            "sh-fallback",
            "sh-port",
            "mh-fallback",
            "mh-port",
            "flag-1",
            "flag-2",
            "flag-3",
        ],
    },
    "persistence_timeout": {"type": "int"},
    "persistence_netmask": {"type": "str"},
    "persistence_engine": {"type": "str"},
    "one_packet": {"type": "bool"},
}
DESTINATION: Arguments = {
    "destination": {"type": "str", "required": True},
    "destination_port": {"type": "str"},
    "forward": {"type": "str", "choices": ["direct", "masquerade", "tunnel"]},
    "weight": {"type": "int"},
    "upper_threshold": {"type": "int"},
    "lower_threshold": {"type": "int"},
    "tunnel_type": {"type": "str", "choices": ["ipip", "gue", "gre"]},
    "tunnel_port": {"type": "int"},
    "tunnel_flags": {"type": "str", "choices": ["nocsum", "csum", "remcsum"]},
}
STATE: Arguments = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"}
}
FORCE: Arguments = {"force": {"type": "bool", "default": False}}
