# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvsctl's words and exit codes; what it does to a living agent is in tests/integration/agent."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs import ctl, ctl_servers
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.ctl_text import status_text

STATUS: dict[str, Any] = {
    "node": "laicoy",
    "cluster": "laico",
    "pid": 12,
    "warnings": [],
    "sockets": {"ucast:eth0": ""},
    "monitor": {"is_wanted": True, "is_connected": True, "error": ""},
    "nodes": {
        "laicoz": {
            "state": "living",
            "heard_s": 0.012,
            "config_digest_ok": True,
            "links": {
                "ucast:eth0": {"is_up": True, "heard_s": 0.012},
                "ucast:eth1": {"is_up": False, "heard_s": None},
            },
        }
    },
    "groups": {
        "192.0.2.146": {
            "state": "standby",
            "reason": "laicoz holds it.",
            "since_s": 75.2,
            "term": 3,
            "holder": "laicoz",
            "is_fit": True,
            "standby": "warm",
        }
    },
    "ping_nodes": {
        "192.0.2.254": {"answered_s": 0.2, "error": ""},
        "routers": {"answered_s": None, "error": ""},
    },
    "ping": {"192.0.2.254": True, "routers": False},
    "watch": [
        {"command": "/bin/true", "state": "working", "error": ""},
        {"command": "/bin/false -x", "state": "failing", "error": "it ended with exit code 1."},
    ],
    "majority": {"living": 2, "needed": 2},
    "counters": {"sent": 7, "received": 9, "dropped": {"digest": 0, "replay": 2}},
}


def test_status_in_words() -> None:
    assert status_text(STATUS) == "\n".join(
        [
            "node laicoy of cluster laico (pid 12)",
            "group 192.0.2.146: held by laicoz; here standby for 75 s (warm standby, term 3)",
            "  laicoz holds it.",
            "node laicoz: living, heard 12 ms ago",
            "  ucast:eth0: up, heard 12 ms ago",
            "  ucast:eth1: silent, never heard",
            "majority: 2 nodes live, 2 are needed to take",
            "ping node 192.0.2.254: answered 200 ms ago",
            "ping node routers: not reached, never answered",
            "watch `/bin/true`: working",
            "watch `/bin/false -x`: failing, it ended with exit code 1.",
            "datagrams: 9 received, 7 sent",
            "dropped 2 datagrams: replay",
        ]
    )


def test_status_names_what_is_wrong() -> None:
    status = copy.deepcopy(STATUS)
    status["groups"]["192.0.2.146"].update(holder=None, is_fit=False, since_s=7200.0 * 6)
    status["nodes"]["laicoz"].update(config_digest_ok=False, heard_s=900.0)
    status["sockets"]["ucast:eth0"] = "No such device"
    status["monitor"] = {"is_wanted": True, "is_connected": False, "error": "it does not answer."}
    status["warnings"] = ["ha.cf: no auto_failback."]
    text = status_text(status)
    assert "held by nobody; here standby for 12 h (warm standby, not fit, term 3)" in text
    assert "living, heard 15 min ago, its configuration differs" in text
    assert "link ucast:eth0: No such device" in text
    assert "health monitor: it does not answer." in text
    assert "warning: ha.cf: no auto_failback." in text


def test_absent_agent_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl.main(["--runtime-dir", str(tmp_path), "status"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(
        "heartbeat.sock does not answer (No such file or directory): "
        "see `systemctl status lvs-heartbeat`.\n"
    )


@pytest.mark.parametrize(
    "words",
    [["wait", "holder"], ["wait", "peace"], ["wait", "linked", "now"], ["check", "/nonexistent"]],
)
def test_wrong_use_is_exit_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl.main(words) == 2
    assert capsys.readouterr().err


def test_unknown_verb_is_exit_code_2() -> None:
    with pytest.raises(SystemExit) as caught:
        ctl.main(["dance"])
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("words", "verb", "fields"),
    [
        (["standby"], "standby", {"groups": []}),
        (["standby", "all"], "standby", {"groups": []}),
        (["takeover", "local", "192.0.2.1"], "takeover", {"groups": ["local", "192.0.2.1"]}),
        (
            ["move", "192.0.2.1", "laicoz", "--timeout", "3"],
            "move",
            {"groups": ["192.0.2.1"], "holder": "laicoz"},
        ),
    ],
)
def test_moves_are_asked_of_the_agent(
    monkeypatch: pytest.MonkeyPatch, words: list[str], verb: str, fields: dict[str, Any]
) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ctl, "ask", lambda *words, **fields: asked.append((*words[1:], fields)))
    assert ctl.main(words) == 0
    assert asked == [(verb, 3.0 if "--timeout" in words else 30.0, fields)]


SERVERS: dict[str, Any] = {
    "error": "",
    "servers": [
        {"server": "192.0.2.2:80", "state": "enabled", "is_draining": False},
        {
            "server": "192.0.2.3:80",
            "state": "drained",
            "is_draining": True,
            "since_s": 12.0,
            "connections": 1,
            "ends_in_s": 288.0,
        },
        {"server": "192.0.2.4:80", "state": "drained", "is_draining": False, "since_s": 900.0},
        {"server": "[::9]:80", "state": "disabled", "is_draining": False, "since_s": 4.0},
    ],
}


def test_status_tells_who_is_kept_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {**SERVERS, "error": "servers.json cannot be read."}
    answers = {"status": {"status": STATUS}, "servers": broken}

    def ask(_path: str, verb: str, *_words: Any, **_fields: Any) -> dict[str, Any]:
        return answers[verb]

    monkeypatch.setattr(ctl, "ask", ask)
    assert ctl.main(["status"]) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "server 192.0.2.3:80: draining, 1 active connection, out in 288 s at the latest"
        " (said 12 s ago)",
        "server 192.0.2.4:80: drained, out (said 15 min ago)",
        "server [::9]:80: disabled, out (said 4000 ms ago)",
        "warning: servers.json cannot be read.",
    ]
    assert ctl.main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**STATUS, "servers": SERVERS["servers"]}


def test_status_without_a_health_monitor_is_the_agents(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(path: str, verb: str, *words: Any, **fields: Any) -> dict[str, Any]:
        if path.endswith("ldirectord.sock"):
            raise ControlError("it does not answer.")
        return {"status": STATUS}

    monkeypatch.setattr(ctl, "ask", ask)
    assert ctl.main(["status"]) == 0
    assert capsys.readouterr().out == status_text(STATUS) + "\n"


@pytest.mark.parametrize(
    ("words", "verb", "fields", "answer", "sentence"),
    [
        (
            ["drain", "web1", "--max-connections", "2", "--timeout", "7"],
            "drain",
            {"server": "web1", "max_connections": 2},
            {"connections_left": 2, "other_directors": ["laicoy"], "warnings": ["no server."]},
            "web1 is drained: it is out, and 2 connections were left.\n"
            "Each director has its own word: say it on laicoy too.\nwarning: no server.\n",
        ),
        (
            ["drain", "web1", "--timeout", "7"],
            "drain",
            {"server": "web1", "max_connections": 0},
            {"connections_left": 1, "other_directors": [], "warnings": []},
            "web1 is drained: it is out, and 1 connection was left.\n",
        ),
        (
            ["enable", "web1", "--timeout", "7"],
            "enable",
            {"server": "web1"},
            {
                "servers": [{"server": "192.0.2.2:80", "is_up": False}],
                "other_directors": [],
                "warnings": [],
            },
            "web1 is enabled: 192.0.2.2:80 is back with the first good check.\n",
        ),
    ],
)
def test_words_on_servers_are_said_to_the_monitor(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    verb: str,
    fields: dict[str, Any],
    answer: dict[str, Any],
    sentence: str,
) -> None:
    asked: list[tuple[Any, ...]] = []

    def ask(path: str, *words: Any) -> dict[str, Any]:
        asked.append((Path(path).name, *words))
        return answer

    monkeypatch.setattr(ctl_servers, "ask_patiently", ask)
    assert ctl.main(words) == 0
    assert asked == [("ldirectord.sock", verb, 7.0, 10.0, fields)]
    assert capsys.readouterr().out == sentence


def test_scrub_without_a_record_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ctl.main(["--runtime-dir", str(tmp_path), "scrub"]) == 0
    assert capsys.readouterr().out == ""


def test_package_digest_is_the_name_of_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl.main(["package-digest"]) == 0
    assert capsys.readouterr().out == "module_utils\n"
