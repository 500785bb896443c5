# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stood at a file's place before the first run comes back at the end."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import originals, records
from ansible_collections.laico.lvs.plugins.module_utils._deploy.files import (
    WantedFile,
    ensure_files,
    replace_block,
)
from ansible_collections.laico.lvs.plugins.module_utils._deploy.peers import PeerLink, set_peer

OURS = originals.OURS + "heartbeat).\n"


@pytest.fixture(name="state", autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setattr(records, "STATE_DIRECTORY", str(folder))
    return folder


def write(path: Path, text: str) -> None:
    """As a role writes it: what is there is kept first."""
    wanted = [WantedFile(str(path), text)]
    originals.keep_originals(wanted)
    ensure_files(wanted, [], False)


def give_back(path: Path, is_check: bool = False) -> bool:
    return originals.give_back([str(path)], [str(path.parent)], is_check).is_changed


def test_what_stood_there_comes_back_with_its_mode(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "haresources"
    path.write_text("old\n")
    path.chmod(0o640)
    for text in ("one\n", "two\n"):
        write(path, text)
    (record,) = (state / "before").iterdir()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert give_back(path, is_check=True)
    assert path.read_text() == "two\n"
    assert give_back(path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("old\n", 0o640)
    assert not state.exists()
    assert not give_back(path)


def test_what_was_not_there_goes_and_so_does_its_folder(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "ha.d" / "haresources"
    write(path, OURS)
    assert give_back(path)
    assert not path.parent.exists()
    assert not state.exists()
    assert not give_back(path)


def test_a_folder_with_anything_in_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "ha.d" / "haresources"
    write(path, OURS)
    (path.parent / "resource.d").mkdir()
    give_back(path)
    assert [each.name for each in path.parent.iterdir()] == ["resource.d"]


def test_a_file_that_was_as_wanted_already_was_never_ours(tmp_path: Path) -> None:
    path = tmp_path / "haresources"
    path.write_text("same\n")
    write(path, "same\n")
    assert not give_back(path)
    assert path.read_text() == "same\n"


def test_a_file_of_ours_without_a_record_goes(tmp_path: Path) -> None:
    """Also one whose first record would be made of our own text."""
    path = tmp_path / "haresources"
    path.write_text(OURS + "x\n")
    write(path, OURS + "y\n")
    assert give_back(path)
    assert not path.exists()


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("rest", ["", "debug 1\n"])
def test_of_a_file_with_blocks_the_rest_stays(tmp_path: Path, rest: str, is_kept: bool) -> None:
    """With what somebody wrote there after the first run."""
    path = tmp_path / "ha.cf"
    if rest:
        path.write_text(rest)
    text = replace_block(rest, "laico.lvs heartbeat", "keepalive 1")
    for name in ("laicoz", "laicoy"):
        text = set_peer(text, name, [PeerLink("bcast", "eth0")])
    if is_kept:
        write(path, text)
    path.write_text(text + rest)
    assert give_back(path)
    assert (path.read_text() if path.exists() else "") == rest + rest
    assert not give_back(path)
