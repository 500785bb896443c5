# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planned moves asked for without a new process.

`lvsctl takeover` costs a guest half a second of a core until Python is up, and ssh some of the
other: on two cores that carry four kernels and the client, that would be measured, not the move.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.client import ENDS_WITH_US, end
from tests.bench.rig import DIRECTORS
from tests.integration.story.cluster import LAB

MOVED_WITHIN_S = 30
_SCRIPT = f"""cat > /root/mover.py <<'END'
import sys
sys.path.insert(0, "/usr/local/lib/laico_lvs/current")
from laico_lvs.core.errors import LvsError
from laico_lvs.host.ask import ask
say = lambda text: (sys.stdout.write(text + "\\n"), sys.stdout.flush())
say("ready")
for dummy in sys.stdin:
    try:
        ask("/run/lvs/heartbeat.sock", "takeover", {MOVED_WITHIN_S}, groups=[])
        say("moved")
    except LvsError as error:
        say(str(error))
END
exec python3 /root/mover.py
"""


class Mover:
    """A process on one director that waits to be told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._expect("ready")

    def move(self) -> tuple[float, float]:
        """Have this director take all groups; the wall times at which it was told, and at which
        it had confirmed that it holds them."""
        stdin = self._process.stdin
        assert stdin is not None
        at = time.time()
        stdin.write("move\n")
        stdin.flush()
        self._expect("moved")
        return at, time.time()

    def _expect(self, word: str) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        said = stdout.readline().strip()
        assert said == word, f"the mover says {said!r}, not {word!r}"


@contextmanager
def movers(lab: str) -> Iterator[dict[str, Mover]]:
    """One for each director, by name."""
    with ExitStack() as stack:
        yield {host: Mover(_start(stack, lab, host)) for host in DIRECTORS}


def _start(stack: ExitStack, lab: str, host: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*ENDS_WITH_US, LAB, "--name", lab, "exec", host, "--", _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.enter_context(process)  # closes its pipes, after its end
    stack.callback(end, process)
    return process
