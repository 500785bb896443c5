# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operators said, through a file: restarts, reboots, clocks that are set, broken files."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.draining import Word
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import LvsError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import DestKey
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import drain_file
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.drain_file import (
    Clocks,
    WordsFile,
    parse_server,
)

CLOCKS = Clocks(monotonic=1000.0, boot=5000.0, wall=1.7e9, boot_id="one")
DRAIN = Word(DestKey("192.0.2.2", 0), "drained", 990.0, 3, 300.0, 1290.0)


def set_clocks(monkeypatch: pytest.MonkeyPatch, clocks: Clocks) -> None:
    monkeypatch.setattr(drain_file, "read_clocks", lambda: clocks)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WordsFile:
    set_clocks(monkeypatch, CLOCKS)
    return WordsFile(str(tmp_path / "lib" / "servers.json"))


def test_words_come_back_as_they_were(file: WordsFile) -> None:
    words = [
        DRAIN,
        replace(DRAIN, server=DestKey("192.0.2.3", 80), is_out=True, connections=2),
        Word(DestKey("2001:db8::2", 443), "disabled", 500.0),
        Word(DestKey("192.0.2.2", 443), "enabled", 500.0),
    ]
    file.write(words)
    assert sorted(file.read(), key=lambda word: word.server) == sorted(
        words, key=lambda word: word.server
    )
    file.write([])
    assert file.read() == []
    assert os.listdir(os.path.dirname(file.path)) == ["servers.json"]


def test_no_file_is_no_word(file: WordsFile) -> None:
    assert file.read() == []


@pytest.mark.parametrize(
    ("later", "left_s"),
    [
        # The daemon was away for 20 s; the monotonic clock may begin anew.
        (Clocks(7.0, 5020.0, 1.7e9 + 20, "one"), 270.0),
        # Somebody set the clock meanwhile: the boot's own counts.
        (Clocks(7.0, 5020.0, 1.7e9 - 9e6, "one"), 270.0),
        # A reboot of 60 s.
        (Clocks(7.0, 9.0, 1.7e9 + 60, "two"), 230.0),
        (Clocks(7.0, 9.0, 1.7e9 + 86400, "two"), 0.0),
        # A reboot, and a clock that was wrong: never longer than the operator said.
        (Clocks(7.0, 9.0, 1.0e9, "two"), 300.0),
    ],
)
def test_an_interrupted_drain_goes_on_with_the_time_that_is_left(
    file: WordsFile, monkeypatch: pytest.MonkeyPatch, later: Clocks, left_s: float
) -> None:
    file.write([DRAIN])
    set_clocks(monkeypatch, later)
    (word,) = file.read()
    assert word.ends_at - later.monotonic == pytest.approx(left_s)
    assert (word.max_connections, word.timeout_s, word.is_out) == (3, 300.0, False)


GOOD = {"state": "disabled", "since": 1.0}
TIMES = {"timeout_s": 1, "ends_at": 1, "ends_at_boot_s": 1, "is_out": False, "connections": 0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"boot_id": "one", "servers": {',
        "[]",
        "null",
        "\udcff",
        "[" * 100000,
        json.dumps({"servers": {}}),
        json.dumps({"boot_id": "one", "servers": []}),
        json.dumps({"boot_id": "one", "servers": {"web": GOOD}}),
        json.dumps({"boot_id": "one", "servers": {"192.0.2.2:x": GOOD}}),
        json.dumps({"boot_id": "one", "servers": {"192.0.2.2": {**GOOD, "state": "gone"}}}),
        json.dumps({"boot_id": "one", "servers": {"192.0.2.2": {**GOOD, "since": "x"}}}),
        json.dumps({"boot_id": "one", "servers": {"192.0.2.2": {**GOOD, "since": float("nan")}}}),
        json.dumps({"boot_id": "one", "servers": {"192.0.2.2": {"state": "drained", "since": 1}}}),
        json.dumps(
            {
                "boot_id": "one",
                "servers": {
                    "192.0.2.2": {
                        "state": "drained",
                        "since": 1,
                        **TIMES,
                        "max_connections": float("inf"),
                    }
                },
            }
        ),
    ],
)
def test_a_broken_file_is_one_sentence(file: WordsFile, text: str) -> None:
    Path(file.path).parent.mkdir()
    Path(file.path).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LvsError, match=r"servers\.json cannot be read .* say again which") as found:
        file.read()
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 500
    file.write([DRAIN])
    assert file.read() == [DRAIN]


def test_a_file_that_cannot_be_written_is_a_sentence_and_stays(file: WordsFile) -> None:
    file.write([DRAIN])
    Path(f"{file.path}.new").mkdir()
    with pytest.raises(LvsError, match=r"cannot be written \(Is a directory\)"):
        file.write([])
    assert file.read() == [DRAIN]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.2", DestKey("192.0.2.2", 0)),
        ("192.0.2.2:80", DestKey("192.0.2.2", 80)),
        ("2001:db8::2", DestKey("2001:db8::2", 0)),
        ("[2001:db8::2]:80", DestKey("2001:db8::2", 80)),
    ],
)
def test_servers_as_text(text: str, server: DestKey) -> None:
    assert parse_server(text) == server
