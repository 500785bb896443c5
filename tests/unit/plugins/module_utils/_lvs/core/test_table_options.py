# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipvs_table's options as a table, and the paths in what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.table_options import read_table

WEB: dict[str, Any] = {"address": "192.0.2.146", "port": "80"}
MARK: dict[str, Any] = {"fwmark": 7}
ONE: dict[str, Any] = {"destination": "192.0.2.2"}
KEY = ServiceKey(4, "tcp", "192.0.2.146", 80)


class Numbers:
    """Names of a host that knows none."""

    def address(self, text: str, where: str, family: str | None) -> str:
        if text[0].isdigit():
            return text
        raise ConfigError(f"{where}: {text} is no {family or 'address'}.")

    def port(self, text: str, where: str, protocol: str) -> int:
        if text.isdigit():
            return int(text)
        raise ConfigError(f"{where}: {text} is no {protocol} port.")


def test_what_is_left_out_has_the_usual_value() -> None:
    table = read_table([{**WEB, "destinations": [ONE]}, MARK], Numbers())
    dest = Destination(DestKey("192.0.2.2", 80))
    assert table == {
        KEY: VirtualService(Service(KEY), {dest.key: dest}),
        ServiceKey(4, fwmark=7): VirtualService(Service(ServiceKey(4, fwmark=7))),
    }


def test_what_is_given_is_taken() -> None:
    entry = {**WEB, "scheduler": "rr", "persistence_timeout": 60, "destinations": None}
    assert read_table([entry], Numbers())[KEY].service == Service(
        KEY, "rr", persistence_timeout_s=60
    )


def row(**settings: Any) -> list[dict[str, Any]]:
    return [MARK, {**WEB, "destinations": [ONE, {"destination": "192.0.2.3", **settings}]}]


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        ([MARK, {}], r"^services\[1\]\.address: name a service by address and port, or by fwmark"),
        ([{**WEB, **MARK}], r"^services\[0\]\.address: name a service by"),
        ([{"address": "192.0.2.1"}], r"^services\[0\]\.port: "),
        ([{**WEB, "port": "nosuch"}], r"^services\[0\]\.port: nosuch is no tcp port"),
        ([{**WEB, "address": "web"}], r"^services\[0\]\.address: web is no address"),
        ([{"fwmark": 0}], r"^services\[0\]\.fwmark: 0 is not"),
        ([WEB, {**MARK, "persistence_timeout": -1}], r"^services\[1\]\.persistence_timeout: -1"),
        ([{**WEB, "port": "0"}], r"^services\[0\]: service -t 192\.0\.2\.146:0: port 0 "),
        ([WEB, MARK, WEB], r"^services\[2\]: -t 192\.0\.2\.146:80 is services\[0\] too"),
        (row(destination="two"), r"^services\[1\]\.destinations\[1\]\.destination: two is no"),
        (row(destination_port="x"), r"^services\[1\]\.destinations\[1\]\.destination_port: x is"),
        (row(destination_port="81"), r"^services\[1\]\.destinations\[1\]: .*direct forwarding"),
        (row(tunnel_port=65536), r"^services\[1\]\.destinations\[1\]\.tunnel_port: 65536"),
        (row(weight=65536), r"^services\[1\]\.destinations\[1\]: .*weight 65536"),
        (row(**ONE), r"^services\[1\]\.destinations\[1\]: 192\.0\.2\.2:80 stands .* twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(services: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_table(services, Numbers())
