# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is still missing for `linked`, `stable` and `holder`, in sentences; which groups a
command is about, and which agent a move is asked of."""

from __future__ import annotations

import asyncio
import typing
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs import agent_verbs
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Address, Group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError

ONE, TWO, THREE = "192.0.2.1", "192.0.2.2", "192.0.2.3"
NODES = ("laicoy", "laicoz", "laicow")


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
    for never in (float("nan"), float("inf"), "-inf"):
        assert ask({"verb": "wait", "timeout_s": never}) == "timeout_s is a number of seconds."


class Director:
    """Stands for the agent of laicoy: ONE is its own by order, TWO and THREE are laicoz's.

    ``holders`` says who holds; each command given to the core is noted, and ends with ``error``.
    """

    def __init__(self, *holders: str | None, error: str = "") -> None:
        self.commands: list[tuple[object, ...]] = []
        self.config = SimpleNamespace(node="laicoy", nodes=NODES)
        self.executor = self
        self._holders = dict(zip((ONE, TWO, THREE), holders))
        self._error = error

    def groups_in_use(self) -> dict[str, Group]:
        orders = {ONE: NODES, TWO: ("laicoz", "laicoy"), THREE: ("laicoz", "laicoy")}
        return {n: Group(n, (Address(n, 24, "eth0"),), order, False) for n, order in orders.items()}

    def status(self) -> dict[str, Any]:
        return {"groups": {name: {"holder": held} for name, held in self._holders.items()}}

    def command(self, *words: object) -> asyncio.Future[str]:
        self.commands.append(words)
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self._error != "never":
            future.set_result(self._error)
        return future


def tell(director: Director, verb: str, *groups: str, **fields: object) -> None:
    async def story() -> None:
        verbs = agent_verbs.Verbs(typing.cast(Any, director))
        request = {"verb": verb, "groups": list(groups), **fields}
        assert await verbs.handle(request, typing.cast(Any, None)) == {}

    asyncio.run(story())


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], (ONE, TWO, THREE)),
        (["all"], (ONE, TWO, THREE)),
        (["local"], (ONE,)),
        (["foreign"], (TWO, THREE)),
        (["foreign", THREE, ONE], (TWO, THREE, ONE)),
    ],
)
@pytest.mark.parametrize("verb", ["standby", "takeover"])
def test_groups_are_named_by_their_names_or_by_whose_they_are(
    verb: str, words: list[str], meant: tuple[str, ...]
) -> None:
    director = Director("laicoy", "laicoz", "laicoz")
    tell(director, verb, *words)
    assert director.commands == [(verb, meant, "")]


def test_no_group_of_that_kind_is_done_at_once_and_not_all() -> None:
    director = Director("laicoy", "laicoz", "laicoz")
    director.config.node = "laicow"
    tell(director, "standby", "local")
    assert director.commands == []


def test_a_move_to_this_node_is_a_takeover() -> None:
    director = Director("laicoy", "laicoz", "laicoz")
    tell(director, "move", TWO, holder="LaicoY")
    assert director.commands == [("takeover", (TWO,), "")]


def test_a_move_away_is_given_by_the_holder_and_not_twice() -> None:
    director = Director("laicoy", "laicoy", "laicoz")
    tell(director, "move", "all", holder="laicoz")
    assert director.commands == [("give", (ONE, TWO), "laicoz")]
    director = Director("laicoz", "laicoz", "laicoz")
    tell(director, "move", "all", holder="laicoz")
    assert director.commands == []


@pytest.mark.parametrize(
    ("holder", "target", "said"),
    [
        ("laicoz", "laicow", f"laicoz: ask `lvsctl move {ONE} laicow` on laicoz or laicow."),
        (None, "laicoz", f"is held by nobody: ask `lvsctl move {ONE} laicoz` on laicoz."),
        ("laicoz", "mars", "mars is no node here: the nodes are laicoy, laicoz, laicow."),
        ("laicoz", "", "the holder is no node here: the nodes are laicoy, laicoz, laicow."),
    ],
)
def test_a_move_is_refused_where_it_cannot_be_done(
    holder: str | None, target: str, said: str
) -> None:
    director = Director(holder, "laicoz", "laicoz")
    with pytest.raises(ControlError) as caught:
        tell(director, "move", ONE, holder=target)
    assert str(caught.value).endswith(said)
    assert director.commands == []


def test_what_the_core_refuses_or_does_not_end_is_said() -> None:
    with pytest.raises(ControlError, match="no other node is fit"):
        tell(Director("laicoy", None, None, error="no other node is fit."), "standby")
    with pytest.raises(ControlError, match=r"did not end in time: see `lvsctl status`\."):
        tell(Director("laicoy", None, None, error="never"), "standby", timeout_s=0.01)
