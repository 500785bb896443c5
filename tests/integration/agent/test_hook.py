# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The notify command as a real process: what it is told, in which order, and that it stops
nothing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import Decision, NodeChange
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import hook as hook_module
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.hook import NotifyHook
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    make_config,
)

pytestmark = pytest.mark.tier_check

VIP = "192.0.2.146"


def hook_of(*command: str) -> NotifyHook:
    return NotifyHook(replace(make_config("a"), notify_command=command))


def tell(hook: NotifyHook, *words: str) -> None:
    async def story() -> None:
        for word in words:
            hook.tell_group(Decision(VIP, word, "because."))
        await hook.close()

    asyncio.run(story())


def test_what_the_command_is_told(tmp_path: Path) -> None:
    told = tmp_path / "told"
    hook = hook_of(
        "/bin/sh", "-c", f"env | grep ^LVS_ | sort >> {told}; echo $1 >> {told}", "", "!"
    )

    async def story() -> None:
        hook.tell_group(Decision(VIP, "contested", "somebody answers.", is_alarm=True))
        hook.tell_node(NodeChange("b", "silent", "b: silent.", "ucast:eth0"))
        await hook.close()

    asyncio.run(story())
    assert told.read_text(encoding="utf-8").splitlines() == [
        "LVS_ALARM=1",
        f"LVS_CLUSTER={hook.config.cluster}",
        "LVS_KIND=group",
        "LVS_LINK=",
        f"LVS_NAME={VIP}",
        "LVS_NODE=a",
        "LVS_REASON=somebody answers.",
        "LVS_STATE=contested",
        "!",
        "LVS_ALARM=0",
        f"LVS_CLUSTER={hook.config.cluster}",
        "LVS_KIND=node",
        "LVS_LINK=ucast:eth0",
        "LVS_NAME=b",
        "LVS_NODE=a",
        "LVS_REASON=b: silent.",
        "LVS_STATE=silent",
        "!",
    ]


def test_one_at_a_time_and_in_order(tmp_path: Path) -> None:
    told = tmp_path / "told"
    words = [f"state{number}" for number in range(6)]
    tell(hook_of("/bin/sh", "-c", f"sleep 0.05; echo $LVS_STATE >> {told}"), *words)
    assert told.read_text(encoding="utf-8").split() == words


def test_a_failure_is_said_once_until_it_works_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hook = hook_of("/bin/sh", "-c", 'test "$LVS_STATE" = good')
    tell(hook, "bad", "worse", "good", "bad", "bad")
    assert caplog.text.count("ended with exit code 1") == 2


def test_a_hung_command_is_killed_and_drops_the_oldest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hook_module, "QUEUE_LIMIT", 3)
    monkeypatch.setattr(hook_module, "CLOSE_TIMEOUT_S", 0.2)
    hook = hook_of("/bin/sleep", "60")
    began = time.monotonic()
    tell(hook, *"abcdefg")
    assert time.monotonic() - began < 5
    assert [words["LVS_STATE"] for words in hook._waiting] == ["f", "g"]
    assert hook.dropped == 4
    assert caplog.text.count("is too slow") == 1


def test_without_a_command_nothing_runs() -> None:
    hook = NotifyHook(make_config("a"))
    tell(hook, "holding")
    assert hook._task is None
