# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ping nodes, watch commands and the rest are refused by the variable's path."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.plugin_utils._check_guards import check_guards

USUAL: dict[str, Any] = {
    "ping": [],
    "watch": [],
    "quorum": True,
    "notify": "",
    "realtime": True,
    "rtprio": 1,
}
WATCH = {"command": "/bin/true"}


def findings(**changes: Any) -> list[str]:
    return list(check_guards({**USUAL, **changes}.__getitem__))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ping": [{"addresses": ["192.0.2.254"]}, {"addresses": ["gw", "::2"], "name": "all"}]},
        {"watch": [{**WATCH, "interval": "2s", "timeout": "500ms", "fall": 1, "rise": 1}]},
        {"watch": [WATCH, {"command": "/bin/true x", "interval": 5, "timeout": None}]},
        {"notify": "/usr/local/bin/tell me", "quorum": "off", "realtime": "no", "rtprio": "50"},
    ],
)
def test_what_is_right_is_not_refused(changes: dict[str, Any]) -> None:
    assert findings(**changes) == []


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"ping": "192.0.2.254"}, "heartbeat_ping: must be a list"),
        ({"ping": ["192.0.2.254"]}, "heartbeat_ping[0].addresses: must be a list"),
        ({"ping": [{"addresses": []}]}, "heartbeat_ping[0].addresses: must be a list"),
        ({"ping": [{"addresses": ["a"], "nane": "x"}]}, "heartbeat_ping[0].nane: is not known"),
        ({"ping": [{"addresses": ["192.0.2.300"]}]}, "heartbeat_ping[0].addresses[0]: '192.0.2."),
        ({"ping": [{"addresses": ["127.0.0.1"]}]}, "heartbeat_ping[0].addresses[0]: '127.0.0.1"),
        ({"ping": [{"addresses": ["a", "b"]}]}, "heartbeat_ping[0].name: several addresses"),
        ({"ping": [{"addresses": ["a"], "name": "a b"}]}, "heartbeat_ping[0].name: 'a b' is not"),
        ({"ping": [{"addresses": ["a"]}] * 2}, "heartbeat_ping[1]: a stands twice"),
        ({"ping": [{"addresses": [f"h{n}"]} for n in range(128)]}, "heartbeat_ping: 128 are too"),
        ({"watch": [{}]}, "heartbeat_watch[0].command: must be a command"),
        ({"watch": [{"command": "true"}]}, "heartbeat_watch[0].command: "),
        ({"watch": [{**WATCH, "fail": 3}]}, "heartbeat_watch[0].fail: is not known here"),
        ({"watch": [WATCH, {"command": "/bin/x", "fall": 0}]}, "heartbeat_watch[1].fall: "),
        ({"watch": [{**WATCH, "interval": "1 hour"}]}, "heartbeat_watch[0].interval: "),
        ({"watch": [{**WATCH, "interval": 1, "timeout": 3}]}, "heartbeat_watch[0]."),
        ({"watch": [WATCH, WATCH]}, "heartbeat_watch[1].command: /bin/true is watched twice"),
        ({"watch": [{"command": "/bin/x #y"}]}, "heartbeat_watch[0]: must be one line without '#'"),
        ({"notify": "tell"}, "heartbeat_notify: "),
        ({"notify": "/bin/a\n/bin/b"}, "heartbeat_notify: must be one line"),
        ({"quorum": "perhaps"}, "heartbeat_quorum: 'perhaps' is not true or false"),
        ({"rtprio": 100}, "heartbeat_rtprio: 100 is not a whole number from 1 to 99"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(changes: dict[str, Any], start: str) -> None:
    found = findings(**changes)
    assert len(found) == 1, found
    assert found[0].startswith(start)
    assert "lvs.cf" not in found[0]
