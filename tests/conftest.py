# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tests run where: every test has one tier, its own or that of its folder.

`make check` runs tier_check, `make test` tier_check and tier_test, `.ci/run` tier_ci after
them, `make test-full` all (tests/BUDGET.md). Cheap tests come first.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.unit.conftest import make_collection_importable

HERE = Path(__file__).resolve().parent
TIERS = ("tier_check", "tier_test", "tier_ci", "tier_full")
TIER_OF_FOLDER = {
    "unit": "tier_check",
    "repo": "tier_check",
    "sim": "tier_check",
    "fuzz": "tier_check",
    "integration": "tier_test",
    "bench": "tier_full",
}


# For the folders beside tests/unit; that one stands alone, for ansible-test.
make_collection_importable()


def pytest_configure(config: pytest.Config) -> None:
    """For `ansible-test units`, which reads no pyproject.toml and forks for each test.

    How long a draw takes says nothing there, nor on a loaded machine.
    """
    slow = [HealthCheck.too_slow]
    settings.register_profile(
        "unhurried", settings.default, deadline=None, suppress_health_check=slow
    )
    settings.load_profile("unhurried")
    for name in (*TIERS, "lab"):
        config.addinivalue_line("markers", name)


def folder_of(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]


def tier_of(item: pytest.Item) -> str:
    own = [tier for tier in TIERS if item.get_closest_marker(tier)]
    if len(own) > 1:
        raise pytest.UsageError(f"{item.nodeid} has more than one tier: {', '.join(own)}")
    return own[0] if own else TIER_OF_FOLDER[folder_of(item)]


def cost(item: pytest.Item) -> tuple[int, bool]:
    return TIERS.index(tier_of(item)), item.get_closest_marker("lab") is not None


# First, so that `-m` sees the markers of the folders.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = tier_of(item)
        if not item.get_closest_marker(tier):
            item.add_marker(tier)
    items.sort(key=cost)
