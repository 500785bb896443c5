# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A journal that does not read holds up nobody, and is told of what it missed."""

from __future__ import annotations

import logging
import os

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.journal import JournalHandler


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "", 0, text, (), None)


def test_a_reader_that_hangs_costs_lines_and_no_time() -> None:
    reading, writing = os.pipe()
    try:
        handler = JournalHandler(writing)
        for _number in range(5000):  # would wait for ever: a pipe holds 64 KiB
            handler.emit(record("x" * 99))
        while len(os.read(reading, 65536)) == 65536:
            pass
        handler.emit(record("back"))
        handler.emit(record("again"))
        said = os.read(reading, 65536).decode().splitlines()
    finally:
        os.close(reading)
        os.close(writing)
    assert said[-2:] == ["back", "again"]
    assert said[-3].startswith("<4>the journal took no more: ")
    assert said[-3].endswith(" lines are lost")
