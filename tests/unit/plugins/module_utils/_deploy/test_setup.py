# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that a role wants, in one go: in its order, told before it is done, never half in silence."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import (
    originals,
    records,
    setup,
    units,
)
from ansible_collections.laico.lvs.plugins.module_utils._deploy.outcome import Outcome
from ansible_collections.laico.lvs.plugins.module_utils._deploy.peers import split_sections
from ansible_collections.laico.lvs.plugins.module_utils._deploy.run import finish
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import ha_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

UNIT = "x.service"


class Host:
    """A folder for /etc, and a systemd that runs one unit."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.asked: list[tuple[str, ...]] = []
        self.shown = 0
        self.life = 1
        self.code = 0
        self.otherwise: dict[str, str] = {}
        monkeypatch.setattr(units, "RUNTIME_DIRECTORY", str(folder / "run"))
        monkeypatch.setattr(records, "STATE_DIRECTORY", str(folder / "state"))
        monkeypatch.setattr(units, "show", self.show)
        monkeypatch.setattr(units, "systemctl", self.systemctl)

    def show(self, name: str) -> dict[str, str]:
        self.shown += 1
        if name != UNIT:
            return {"LoadState": "not-found"}
        started_s = time.clock_gettime(time.CLOCK_MONOTONIC) + 60
        return {
            "LoadState": "loaded",
            "ActiveState": "active",
            "UnitFileState": "enabled",
            "InvocationID": str(self.life),
            "ExecMainStartTimestampMonotonic": str(int(started_s * 1e6)),
            **self.otherwise,
        }

    def systemctl(self, *words: str, **dummy: Any) -> subprocess.CompletedProcess[str]:
        self.asked.append(words)
        self.life += words[0] in ("start", "restart")
        return subprocess.CompletedProcess(words, self.code, "", "")

    def path(self, name: str) -> str:
        return str(self.folder / "etc" / name)


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, monkeypatch)


def file(path: str, content: str, **further: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"mode": "0644", "marker": "", "keep_original": False, "validate": []}
    plain.update(peers=None, takes_over=False)
    return {"path": path, "content": content, **plain, **further}


def unit(name: str = UNIT, **further: Any) -> dict[str, Any]:
    lists = ("restart_on", "reload_on", "before_restart", "reload", "forget")
    plain: dict[str, Any] = {key: [] for key in lists}
    return {"name": name, "patience_s": 0, "is_optional": False, **plain, **further}


def params(**given: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"digest": None, "archive": None, "modules_file": None, "modules": []}
    nothing.update(sysctl_file=None, sysctls={}, files=[], secrets=[], units=[], replaces=[])
    return {**nothing, **given}


def run(wanted: dict[str, Any], is_check: bool = False) -> Outcome:
    return setup.ensure_setup(wanted, is_check)


@pytest.mark.parametrize(("option", "action"), [("restart_on", "restart"), ("reload_on", "reload")])
def test_check_mode_tells_what_a_unit_would_have_to_read(
    host: Host, option: str, action: str
) -> None:
    path = host.path("x.cf")

    def wanted(text: str) -> dict[str, Any]:
        return params(files=[file(path, text)], units=[{**unit(), option: [path]}])

    run(wanted("one\n"))
    host.asked.clear()
    told = run(wanted("two\n"), is_check=True)
    assert Path(path).read_text() == "one\n"
    assert host.asked == []
    done = run(wanted("two\n"))
    assert done.values == told.values == {"changed_paths": [path], "actions": {UNIT: action}}
    assert done.diff == told.diff
    assert [words[0] for words in host.asked] == [action]
    for is_check in (True, False):
        again = run(wanted("two\n"), is_check)
        assert not again.is_changed
        assert again.values["actions"] == {UNIT: ""}


def test_a_unit_with_nothing_to_read_is_asked_about_once(host: Host) -> None:
    wanted = params(units=[unit()])
    run(wanted)
    host.shown = 0
    assert not run(wanted).is_changed
    assert host.shown == 1


@pytest.mark.parametrize(
    ("otherwise", "asked"),
    [
        ({"NeedDaemonReload": "yes"}, ["daemon-reload"]),
        ({"UnitFileState": "disabled"}, ["enable"]),
        ({"UnitFileState": "disabled", "NeedDaemonReload": "yes"}, ["enable"]),
        ({"LoadState": "not-found", "UnitFileState": "", "ActiveState": ""}, ["enable", "start"]),
    ],
)
def test_systemd_reads_its_units_anew_once_at_most(
    host: Host, otherwise: dict[str, str], asked: list[str]
) -> None:
    """An enable is followed by it; it takes a second on a small host."""
    host.otherwise = otherwise
    run(params(units=[unit()]))
    assert [words[0] for words in host.asked] == asked


def test_an_old_programs_whole_file_goes_and_comes_back(host: Host) -> None:
    path = host.path("ha.cf")
    old = "node dir1 dir2\nucast eth0 192.0.2.12\n"
    Path(path).parent.mkdir()
    Path(path).write_text(old)
    link = {"type": "ucast", "interface": "eth0", "group": None, "port": None, "ttl": 1}
    entry = file(path, "keepalive 1\n", marker="laico.lvs x", keep_original=True)
    entry["peers"] = [{"name": "dir1", "links": [{**link, "address": "192.0.2.11"}]}]
    with pytest.raises(ConfigError, match="node dir1 dir2"):
        run(params(files=[entry]))
    entry["takes_over"] = True
    run(params(files=[entry]))
    text = Path(path).read_text()
    assert text.startswith("# BEGIN laico.lvs x\nkeepalive 1\n")
    assert "192.0.2.12" not in text
    Path(path).write_text("ping 192.0.2.254\n" + text)
    assert not run(params(files=[entry])).is_changed
    Path(path).write_text(text)
    originals.give_back([path], [], is_check=False)
    assert Path(path).read_text() == old


def test_the_block_and_the_peers_are_one_change_of_one_file(host: Host) -> None:
    path = host.path("ha.cf")
    link = {"type": "ucast", "interface": "eth0", "group": None, "port": None, "ttl": 1}
    peers = [
        {"name": name, "links": [{**link, "address": address}]}
        for name, address in (("DIR1", "192.0.2.11"), ("dir2", "192.0.2.12"))
    ]
    wanted = params(files=[file(path, "keepalive 200ms\n", marker="ours", peers=peers)])
    told = run(wanted, is_check=True)
    assert not Path(path).exists()
    done = run(wanted)
    assert told.diff == done.diff
    assert len(done.diff) == 1
    text = Path(path).read_text()
    assert text.startswith("# BEGIN ours\nkeepalive 200ms\n# END ours\n")
    assert ha_cf.parse(text, path).nodes == ("dir1", "dir2")
    Path(path).write_text(f"auto_failback on\n{text}")
    assert not run(wanted).is_changed
    assert set(split_sections(Path(path).read_text())[1]) == {"dir1", "dir2"}


def test_a_file_that_names_directors_by_itself_is_refused(host: Host) -> None:
    path = host.path("ha.cf")
    link = {"type": "bcast", "interface": "eth0", "address": None, "group": None}
    peers = [{"name": "dir1", "links": [{**link, "port": None, "ttl": 1}]}]
    Path(path).parent.mkdir()
    Path(path).write_text("node old1 old2\n")
    with pytest.raises(ConfigError, match="`node old1 old2` stands outside"):
        run(params(files=[file(path, "keepalive 1\n", marker="ours", peers=peers)]))
    assert Path(path).read_text() == "node old1 old2\n"


def test_what_stood_there_before_is_kept_once(host: Host) -> None:
    path = host.path("lvs.cf")
    Path(path).parent.mkdir()
    Path(path).write_text("the operator's\n")
    for text in ("one\n", "two\n"):
        run(params(files=[file(path, text, keep_original=True)]))
    (record,) = (host.folder / "state").rglob("*.json")
    assert "the operator's" in record.read_text()
    assert "one" not in record.read_text()


class Module:
    """What ``finish`` uses of AnsibleModule."""

    check_mode = False

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def exit_json(self, **values: Any) -> None:
        self.said = values

    def fail_json(self, msg: str, **values: Any) -> None:
        self.said = {"msg": msg, **values}


def test_an_error_in_the_middle_tells_what_was_done_before(host: Host) -> None:
    secret = {"path": host.path("keys"), "content": "s3cret\n", "mode": "0600"}
    wanted = params(
        files=[file(host.path("x.cf"), "one\n")],
        secrets=[{**secret, "keep_original": False}],
        units=[unit("gone.service")],
    )
    host.code = 1
    module = Module()
    finish(module, lambda: setup.ensure_setup(wanted, module.check_mode))
    assert "gone.service" in module.said["msg"]
    assert module.said["changed"] is True
    assert module.said["done"][:2] == [host.path("x.cf"), host.path("keys")]
    assert "s3cret" not in str(module.said)
