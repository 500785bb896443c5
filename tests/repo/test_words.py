# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No committed file names a work place, holds a secret or an address of a real network."""

from __future__ import annotations

import pytest

from tests.repo import tree, words


def test_no_forbidden_word() -> None:
    found = [
        fault
        for path in tree.files()
        if path.name != "LICENSE"
        for fault in words.faults(
            str(path), (tree.ROOT / path).read_text(encoding="utf-8", errors="replace")
        )
    ]
    assert found == []


def test_no_symlink() -> None:
    assert [str(path) for path in tree.files() if (tree.ROOT / path).is_symlink()] == []


@pytest.mark.parametrize(
    "text",
    ["cd /wo" + "rk/main", "/fa" + "rm/x", "BEGIN", "see 8.8." + "8.8", "10.0." + "0.1/8"],
)
def test_planted_word_is_caught(text: str) -> None:
    planted = "-----BEGIN OPENSSH PRIVATE" + " KEY-----" if text == "BEGIN" else text
    assert len(list(words.faults("f", f"one\n{planted}\n"))) == 1


@pytest.mark.parametrize("text", ["network/", "farmer", "192.0.2.146", "core 2.19.14", "1.2.3.400"])
def test_plain_word_passes(text: str) -> None:
    assert list(words.faults("f", text)) == []
