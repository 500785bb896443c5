# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is still missing for `linked`, `stable` and `holder`, in sentences."""

from __future__ import annotations

import asyncio
import typing
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs import agent_verbs
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError


def status(**group: object) -> dict[str, Any]:
    return {
        "node": "laicoy",
        "groups": {
            "192.0.2.146": {
                "state": "standby",
                "holder": "laicoz",
                "reason": "laicoz holds it.",
                **group,
            }
        },
    }


@pytest.mark.parametrize("state", ["holding", "standby", "parked", "unfit"])
def test_groups_at_rest_are_stable(state: str) -> None:
    assert list(agent_verbs.unstable_groups(status(state=state))) == []


@pytest.mark.parametrize("state", ["taking", "moving_out", "moving_in", "contested", "starting"])
def test_groups_under_way_are_named(state: str) -> None:
    (said,) = agent_verbs.unstable_groups(status(state=state))
    assert said == f"group 192.0.2.146 is {state} on laicoy: laicoz holds it."


def test_group_without_a_holder_is_named() -> None:
    (said,) = agent_verbs.unstable_groups(status(holder=None))
    assert said == "group 192.0.2.146 has no holder that laicoy knows of."


def ask(request: dict[str, object]) -> str:
    verbs = agent_verbs.Verbs(typing.cast(Any, None))
    with pytest.raises(ControlError) as caught:
        asyncio.run(verbs.handle(request, typing.cast(Any, None)))
    return str(caught.value)


def test_unknown_verb_is_refused() -> None:
    assert ask({"verb": "dance"}).startswith("unknown verb dance: use status, standby")


@pytest.mark.parametrize("groups", ["192.0.2.146", [1], {"a": 1}, 7])
def test_groups_must_be_a_list_of_names(groups: object) -> None:
    assert ask({"verb": "standby", "groups": groups}) == "groups is a list of names."


def test_timeout_must_be_a_number() -> None:
    assert ask({"verb": "wait", "timeout_s": "soon"}) == "timeout_s is a number of seconds."
