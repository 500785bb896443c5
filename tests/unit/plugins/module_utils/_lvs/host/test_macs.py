# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directors' MACs on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import KnownMacs
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import macs


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "macs.json")
    macs.write(path, {"laicoz": ("02:00:00:00:00:02",), "laicoy": ()})
    macs.write(path, {"laicoz": ("02:00:00:00:00:02", "02:00:00:00:01:02")})
    assert macs.read(path) == KnownMacs((("laicoz", ("02:00:00:00:00:02", "02:00:00:00:01:02")),))
    assert [entry.name for entry in tmp_path.iterdir()] == ["macs.json"]


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("safe", encoding="utf-8")
    (tmp_path / "macs.json.new").symlink_to(victim)
    macs.write(str(tmp_path / "macs.json"), {"laicoz": ()})
    assert victim.read_text(encoding="utf-8") == "safe"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"laicoz": 7}', "null"])
def test_broken_file_is_no_knowledge(tmp_path: Path, text: str) -> None:
    path = tmp_path / "macs.json"
    path.write_text(text, encoding="utf-8")
    assert macs.read(str(path)) == KnownMacs(())


def test_absent_file_is_no_knowledge(tmp_path: Path) -> None:
    assert macs.read(str(tmp_path / "none")) == KnownMacs(())
