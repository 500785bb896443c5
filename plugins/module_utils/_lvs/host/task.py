# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One object of this host, brought to a wanted state: read -> plan -> apply.

A module is one such task; ``_resource.py`` runs it and knows Ansible, the task does not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

World = TypeVar("World")
Op = TypeVar("Op")


class Task(ABC, Generic[World, Op]):
    """What ``_resource.run_task`` needs of a task. Every method raises LvsError on purpose only."""

    @abstractmethod
    def read(self) -> World:
        """The object as it is now."""

    @abstractmethod
    def plan(self, world: World) -> Sequence[Op]:
        """What is to be done, in order; nothing when all is as wanted."""

    @abstractmethod
    def guard(self, world: World, plan: Sequence[Op]) -> None:
        """Refuse, before anything is changed, what must not be done (check mode too)."""

    @abstractmethod
    def predict(self, world: World, plan: Sequence[Op]) -> World:
        """The object after the plan."""

    @abstractmethod
    def apply(self, op: Op) -> None:
        """Do one step."""

    @abstractmethod
    def describe(self, plan: Sequence[Op]) -> list[str]:
        """Each step in words."""

    @abstractmethod
    def show(self, world: World) -> str:
        """The object as text, for the diff."""

    @abstractmethod
    def values(self, world: World) -> dict[str, Any]:
        """The object as the module returns it."""

    def finish(self, plan: Sequence[Op]) -> None:
        """What follows an applied plan and changes nothing of this host."""
        del plan

    def finish_words(self, plan: Sequence[Op]) -> list[str]:
        """What ``finish`` does after this plan, in words; [] when it does nothing."""
        del plan
        return []

    def warnings(self, world: World) -> list[str]:
        """What the operator should know of the object as it is afterwards, in sentences."""
        del world
        return []

    def close(self) -> None:
        """Give sockets back; called in every case."""
