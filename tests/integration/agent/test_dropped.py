# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""F3: whatever a real agent drops it counts by the reason, and goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import DROP_REASONS
from tests.integration.agent.directors import Pair, wait_until


def test_everything_dropped_is_counted_by_reason(pair: Pair) -> None:
    pair.start("laicoz")
    wait_until(pair["laicoz"].holds, "laicoz runs, alone", 10)
    done = subprocess.run(
        [
            *("ip", "netns", "exec", pair.netns("laicoy"), sys.executable),
            *(str(Path(__file__).with_name("player.py")), "198.51.100.1", "198.51.100.2"),
        ],
        env=pair.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout)
    counters = pair["laicoz"].status()["counters"]
    assert set(sent) - {"new"} == set(DROP_REASONS), "a reason that nobody tried"
    assert counters["dropped"] == {reason: sent[reason] for reason in DROP_REASONS}
    assert counters["new"] == 1
    text = pair["laicoz"].ctl("status")
    assert "dropped 2 datagrams: digest" in text
    assert "dropped 1 datagram: namesake" in text
    assert "another host has this name" in pair["laicoz"].log()
    assert pair["laicoz"].holds()
