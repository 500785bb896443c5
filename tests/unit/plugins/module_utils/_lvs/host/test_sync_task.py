# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ipvs_sync; what the kernel makes of them is in tests/integration/modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.ipvs_sync import SyncDaemon
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.sync_task import (
    daemon_changes,
    daemon_words,
    line_of_swap,
)

OPTIONS = {
    "role": "master",
    "interface": None,
    "sync_id": None,
    "sync_maxlen": None,
    "mcast_group": None,
    "mcast_port": None,
    "mcast_ttl": None,
}


def test_what_was_left_out_changes_nothing() -> None:
    assert daemon_changes(OPTIONS) == {}


def test_all_that_may_be_given() -> None:
    given = {
        "interface": "eth1",
        "sync_id": 0,
        "sync_maxlen": 1400,
        "mcast_group": "FF02:0::42",
        "mcast_port": 8849,
        "mcast_ttl": 3,
    }
    assert daemon_changes({**OPTIONS, **given}) == {
        "interface": "eth1",
        "sync_id": 0,
        "max_length": 1400,
        "group": "ff02::42",
        "port": 8849,
        "ttl": 3,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"sync_id": 256},
        {"sync_id": -1},
        {"sync_maxlen": 0},
        {"sync_maxlen": 1023, "role": "backup"},
        {"sync_maxlen": 65508},
        {"sync_maxlen": 65488, "mcast_group": "ff02::42"},
        {"mcast_group": "192.0.2.1"},
        {"mcast_group": "all"},
        {"mcast_port": 0},
        {"mcast_ttl": 256},
    ],
)
def test_what_the_kernel_would_take_otherwise_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"^{next(iter(given))}: "):
        daemon_changes({**OPTIONS, **given})


def test_words_of_ipvsadm() -> None:
    assert (
        daemon_words(SyncDaemon("backup", "eth1")) == "--start-daemon backup --mcast-interface eth1"
    )
    assert daemon_words(SyncDaemon("master", "eth1", 7, 1400, "224.0.0.81", 8848, 1)) == (
        "--start-daemon master --mcast-interface eth1 --syncid 7 --sync-maxlen 1400 "
        "--mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 1"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 0),
        ("node 192.0.2.146 ldirectord\n", 0),
        ("# LVSSyncDaemonSwap::master\nnode 192.0.2.146 LVSSyncDaemonSwap::master::eth1\n", 2),
        ("node 192.0.2.146 \\\n  LVSSyncDaemonSwap\n", 2),
    ],
)
def test_the_line_that_keeps_them(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "haresources"
    path.write_text(text, encoding="utf-8")
    assert line_of_swap(str(path)) == line


def test_no_such_file_keeps_nothing(tmp_path: Path) -> None:
    assert line_of_swap(str(tmp_path / "haresources")) == 0
