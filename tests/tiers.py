# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One test with parameters of two tiers: a proof of each kind early, its variants later."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def tiers(
    values: Iterable[Any], early: Collection[Any], tier: str = "tier_ci", later: str = "tier_full"
) -> list[Any]:
    """Parameters; those that are in ``early`` are of ``tier``, the others of ``later``."""
    marks = {True: getattr(pytest.mark, tier), False: getattr(pytest.mark, later)}
    return [pytest.param(value, marks=marks[value in early]) for value in values]
