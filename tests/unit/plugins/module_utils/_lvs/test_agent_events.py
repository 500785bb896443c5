# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The executor of events is complete, so that no word of the core falls on the floor."""

from __future__ import annotations

import typing
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs import agent_events
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events


class _NoAgent:
    """Stands for the agent; nothing of it is used."""


def test_every_event_of_the_core_is_carried_out() -> None:
    executor = agent_events.Executor(typing.cast(Any, _NoAgent()))
    assert set(executor._handlers) == set(typing.get_args(events.Event))


def test_summary_for_systemctl() -> None:
    executor = agent_events.Executor(typing.cast(Any, _NoAgent()))
    assert executor.summary() == "no groups"
    executor.do(events.Decision("192.0.2.146", "holding", "taken."))
    executor.do(events.Decision("192.0.2.146", "standby", "moved."))
    executor.do(events.Decision("192.0.2.147", "contested", "answered.", True))
    assert executor.summary() == "192.0.2.146: standby, 192.0.2.147: contested"
