# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stays is not looked at again, what went with a reload is not kept."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Iterator

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.collector import spare_what_stays
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.lifetime import be_prompt


class Ring:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_stays_is_left_out() -> None:
    held = Ring()
    spare_what_stays()
    assert gc.get_freeze_count() > 1000
    assert not any(one is held for one in gc.get_objects())


def test_what_a_reload_left_is_freed() -> None:
    old = Ring()
    spare_what_stays()
    seen = weakref.ref(old)
    del old
    gc.collect()
    assert seen() is not None, "else this test proves nothing"
    spare_what_stays()
    assert seen() is None


def test_an_instrument_leaves_out_what_it_has_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "setpriority", lambda *dummy: None)  # of all tests, it would be
    be_prompt()
    assert gc.get_freeze_count() > 1000
