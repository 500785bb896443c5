# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the kernel's word on a lease counts: not after one late look."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import KernelError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import (
    Addresses,
    HeldAddress,
)

VIP = "192.0.2.146"


class LateKernel(Addresses):
    """Holds what was set, seen as long after each set as ``delays_s`` says; None: for ever."""

    def __init__(self, *delays_s: int | None) -> None:
        self.delays_s = list(delays_s)
        self.sets = 0

    def _write(self, dummy_kind: int, dummy_flags: int, held: HeldAddress) -> int:
        self.sets += 1
        self.held = held
        return 2

    def _list(self, names: dict[int, str]) -> list[HeldAddress]:
        assert names == {2: "eth0"}
        delay_s = self.delays_s.pop(0)
        valid_s = None if delay_s is None else (self.held.valid_s or 0) - delay_s
        return [HeldAddress("eth0", VIP, 24, valid_s=valid_s)]


@pytest.mark.parametrize("late", [2, None])
def test_a_lease_that_is_read_back_late_is_set_once_more(late: int | None) -> None:
    kernel = LateKernel(late, 0)
    kernel.set("eth0", VIP, 24, lease_s=3)
    assert kernel.sets == 2


def test_a_lease_that_took_is_set_once() -> None:
    kernel = LateKernel(1)
    kernel.set("eth0", VIP, 24, lease_s=3)
    assert kernel.sets == 1


@pytest.mark.parametrize(("late", "said"), [(2, "for 1 s"), (None, "for ever")])
def test_a_lease_that_does_not_take_twice_is_said(late: int | None, said: str) -> None:
    kernel = LateKernel(late, late)
    with pytest.raises(KernelError, match=f"{said}, not for the lease of 3 s: remove it by hand"):
        kernel.set("eth0", VIP, 24, lease_s=3)
    assert kernel.sets == 2
