# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log lines for the journal, written without ever waiting for it."""

from __future__ import annotations

import logging
import os
import sys


class JournalHandler(logging.Handler):
    """Writes to a descriptor that does not block. A journal that hangs loses lines, and is told so
    when it reads again; it must not hold up the loop, which would cost the lease (L1)."""

    def __init__(self, descriptor: int) -> None:
        """``descriptor``: standard output, as systemd connected it."""
        super().__init__()
        self._descriptor = descriptor
        self._lost = 0
        os.set_blocking(descriptor, False)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, or count it as lost."""
        try:
            line = self.format(record)
            if self._lost:
                line = f"<4>the journal took no more: {self._lost} lines are lost\n{line}"
            os.write(self._descriptor, line.encode("utf-8", "backslashreplace") + b"\n")
        except OSError:
            self._lost += 1
        except (TypeError, ValueError, KeyError):  # a message that cannot be made ends nothing
            self.handleError(record)
        else:
            self._lost = 0


def log_handler() -> logging.Handler:
    """The handler for standard output: the journal's under systemd, else a plain one."""
    return (
        JournalHandler(1) if "JOURNAL_STREAM" in os.environ else logging.StreamHandler(sys.stdout)
    )
