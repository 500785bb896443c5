# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every public module name options that exist, and some test runs them."""

from __future__ import annotations

import pytest

from tests.repo import doc_yaml, examples

PUBLIC = sorted(examples.public_modules())


def test_every_public_module_s_examples_are_run_somewhere() -> None:
    """By tests/integration/modules/test_examples.py and tests/integration/story."""
    assert sorted([*examples.ON_ONE_GUEST, *examples.ON_A_CLUSTER]) == PUBLIC


@pytest.mark.parametrize("module", PUBLIC)
def test_examples_use_what_is_documented(module: str) -> None:
    tasks = examples.examples_of(module)
    assert [fault for task in tasks for fault in doc_yaml.entry_faults(task)] == []
    assert any(f"laico.lvs.{module}" in task for task in tasks)
