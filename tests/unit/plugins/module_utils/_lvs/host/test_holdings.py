# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kernel that fails once may cost a group: a take, never addresses that stand."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Address, Group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import KernelError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.holdings import Holdings

ONE, TWO = "192.0.2.146", "192.0.2.147"
GROUP = Group(
    ONE, (Address(ONE, 24, "eth0"), Address(TWO, 24, "eth0")), ("a", "b"), is_auto_failback=False
)


class FailingKernel:
    """Keeps addresses; refuses to set those in ``refused``."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.refused: set[str] = set()

    def set(self, dummy_interface: str, address: str, *dummy: Any, **options: Any) -> None:
        if address in self.refused:
            raise KernelError(f"no {options}")
        self.there.add(address)

    def remove(self, dummy_interface: str, address: str, dummy_prefix: int) -> None:
        self.there.discard(address)

    def list(self) -> tuple[()]:
        return ()


def test_a_take_sets_all_addresses_or_none() -> None:
    kernel = FailingKernel()
    kernel.refused = {TWO}
    with pytest.raises(KernelError):
        Holdings(cast(Any, kernel), 2).add(GROUP)
    assert kernel.there == set()


def test_putting_back_takes_nothing_away_when_the_kernel_fails() -> None:
    kernel = FailingKernel()
    holdings = Holdings(cast(Any, kernel), 2)
    holdings.add(GROUP)
    kernel.refused = {TWO}
    with pytest.raises(KernelError):
        holdings.add(GROUP)
    assert kernel.there == {ONE, TWO}
    assert holdings.held == {ONE}
