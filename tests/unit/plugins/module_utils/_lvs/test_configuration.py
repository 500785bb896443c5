# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``lvsctl check`` says of a directory: all of it at once, ldirectord.cf included."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs import ctl
from ansible_collections.laico.lvs.plugins.module_utils._lvs.configuration import check
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

SECRET = "0123456789abcdef0123456789abcdef"
HA_CF = """\
keepalive 200ms
deadtime 1
ucast eth9 198.51.100.1
ucast eth9 198.51.100.2
auto_failback off
node laicoy laicoz
"""
TABLE = "virtual=192.0.2.146:80\n    real=192.0.2.2:80 gate\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A sound configuration."""
    write(tmp_path, "ha.cf", HA_CF)
    write(tmp_path, "haresources", "laicoz ldirectord::ldirectord.cf 192.0.2.146/24/eth9\n")
    write(tmp_path, "authkeys", f"auth 1\n1 hmac-sha256 {SECRET}\n")
    write(tmp_path, "ldirectord.cf", TABLE)
    return tmp_path


def write(directory: Path, name: str, text: str) -> None:
    (directory / name).write_text(text, encoding="utf-8")
    (directory / name).chmod(0o600)


def said_of(directory: Path) -> list[str]:
    """What check says, without the directory's name."""
    try:
        told = check(str(directory), "laicoy")
    except ConfigError as error:
        told = str(error)
    return told.replace(f"{directory}/", "").splitlines()


def test_sound_files(directory: Path) -> None:
    assert said_of(directory) == [f"{directory} is sound."]


def test_every_file_is_judged_though_each_is_broken(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(directory, "ha.cf", f"{HA_CF}warntime 3\nlogfile x\nserial /dev/ttyS0\n")
    write(directory, "haresources", "laicox ldirectord 192.0.2.146/24/eth9 Filesystem\n")
    write(directory, "authkeys", f"auth 1\n1 {SECRET}\n")
    write(directory, "lvs.cf", "lease 1\ngroup 192.0.2.9\n")
    write(directory, "ldirectord.cf", f"checktimeout=x\n{TABLE}    scheduler=RR\n")
    assert ctl.main(["--node", "laicoy", "check", str(directory)]) == ctl.EXIT_WRONG
    out, err = capsys.readouterr()
    assert out == ""
    said = err.replace(f"{directory}/", "").splitlines()
    assert [line.split(": ")[0] for line in said] == [
        "ha.cf:7",
        "ha.cf:9",
        "haresources:1",
        "haresources:1",
        "authkeys:1",
        "authkeys:2",
        "lvs.cf:1",
        "lvs.cf:2",
        "ldirectord.cf:1",
        "ldirectord.cf:4",
        "warning",
    ]
    assert said[-1].startswith("warning: ha.cf:8: logfile has no effect here")
    assert SECRET not in err


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    assert said_of(tmp_path) == [
        f"{name}: cannot be read (No such file or directory)."
        for name in ("ha.cf", "haresources", "authkeys")
    ]


def test_the_table_of_a_group_must_be_there(directory: Path) -> None:
    (directory / "ldirectord.cf").unlink()
    (said,) = said_of(directory)
    assert said == "ldirectord.cf cannot be read: No such file or directory."


@pytest.mark.parametrize(
    ("name", "text", "warning"),
    [
        (
            "haresources",
            "laicoz 192.0.2.146/24/eth9\n",
            "haresources:1: group 192.0.2.146 has virtual servers in ldirectord.cf, but no "
            "ldirectord in its line: it takes over without waiting for its table.",
        ),
        (
            "haresources",
            "laicoz ldirectord 192.0.2.146/24/eth9\nlaicoy ldirectord 192.0.2.147/24/eth9\n",
            "haresources:2: group 192.0.2.147 has ldirectord, but no virtual server of "
            "ldirectord.cf has one of its addresses.",
        ),
        (
            "ldirectord.cf",
            f"{TABLE}virtual=192.0.2.9:80\n    real=192.0.2.2:80 gate\n",
            "ldirectord.cf: the virtual servers of 192.0.2.9 belong to no group of haresources: "
            "their rows stay in the kernel on every director, and nobody moves the address.",
        ),
    ],
)
def test_groups_and_virtual_servers_must_meet(
    directory: Path, name: str, text: str, warning: str
) -> None:
    write(directory, name, text)
    assert said_of(directory) == [f"warning: {warning}", f"{directory} is sound."]


def test_a_table_that_the_monitor_does_not_read_is_remarked_upon(directory: Path) -> None:
    (directory / "ldirectord.cf").rename(directory / "www.cf")
    write(directory, "haresources", "laicoz ldirectord::www.cf 192.0.2.146/24/eth9\n")
    warning, verdict = said_of(directory)
    assert warning.startswith("warning: haresources: lvs-ldirectord.service reads /etc/ha.d/ldirec")
    assert verdict == f"{directory} is sound."


def test_marks_belong_to_no_group(directory: Path) -> None:
    write(
        directory,
        "ldirectord.cf",
        f"{TABLE}virtual=5\n    protocol=fwm\n    real=192.0.2.2 gate\n    checktype=on\n",
    )
    assert said_of(directory) == [f"{directory} is sound."]
