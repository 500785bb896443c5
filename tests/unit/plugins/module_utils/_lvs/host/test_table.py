# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keeper of the monitor's rows: what it writes down, when, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import KernelError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    Table,
    TableOp,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan import apply_plan
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ownership
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.table import OWNER, TableKeeper

A, B, FOREIGN = (ServiceKey(4, "tcp", "192.0.2.146", port) for port in (80, 81, 9999))


def services(*keys: ServiceKey) -> Table:
    return {key: VirtualService(Service(key)) for key in keys}


class FakeKernel:
    """A table in memory; refuses services of ``refused``; notes what was owned at each write."""

    def __init__(self, path: Path, table: Table) -> None:
        self.table = table
        self.refused: set[ServiceKey] = set()
        self.owned_at_write: list[set[ServiceKey]] = []
        self._path = path

    def read_table(self) -> Table:
        return self.table

    def apply(self, op: TableOp) -> None:
        self.owned_at_write.append(owned(self._path))
        if op.service.key in self.refused:
            raise KernelError(f"refused {op.service.key.port}")
        self.table = apply_plan(self.table, [op])


def owned(path: Path) -> set[ServiceKey]:
    owner = ownership.read(str(path)).services.get(OWNER)
    return set(owner.keys) if owner else set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "owned.json"


def keep(keeper: TableKeeper, *keys: ServiceKey) -> dict[ServiceKey, str]:
    return keeper.keep(lambda _current: services(*keys), keys, "cf").errors


def test_it_writes_down_before_it_changes_and_leaves_the_foreign_alone(path: Path) -> None:
    kernel = FakeKernel(path, services(FOREIGN))
    keep(TableKeeper(kernel, str(path)), A, B)
    assert set(kernel.table) == {A, B, FOREIGN}
    assert kernel.owned_at_write == [{A, B}, {A, B}]


def test_what_an_earlier_life_owned_and_nobody_names_any_more_goes(path: Path) -> None:
    kernel = FakeKernel(path, services(FOREIGN))
    keep(TableKeeper(kernel, str(path)), A, B)
    keep(TableKeeper(kernel, str(path)), A)
    assert set(kernel.table) == {A, FOREIGN}
    assert kernel.owned_at_write[-1] == {A, B}
    assert owned(path) == {A}


def test_what_the_configuration_names_and_the_kernel_has_is_adopted(path: Path) -> None:
    kernel = FakeKernel(path, services(A))
    keep(TableKeeper(kernel, str(path)), A)
    assert kernel.owned_at_write == []
    assert owned(path) == {A}


def test_a_refused_service_stops_no_other(path: Path) -> None:
    kernel = FakeKernel(path, {})
    kernel.refused = {A}
    errors = keep(TableKeeper(kernel, str(path)), A, B)
    assert errors == {A: "refused 80"}
    assert set(kernel.table) == {B}


def test_nothing_more_is_tried_on_a_refused_service(path: Path) -> None:
    kernel = FakeKernel(path, {})
    kernel.refused = {A}
    dest = Destination(DestKey("192.0.2.2", 80))
    wanted = {A: VirtualService(Service(A), {dest.key: dest})}
    kept = TableKeeper(kernel, str(path)).keep(lambda _current: wanted, [A], "cf")
    assert kept.errors == {A: "refused 80"}
    assert len(kernel.owned_at_write) == 1


def test_a_row_that_could_not_be_removed_stays_owned(path: Path) -> None:
    kernel = FakeKernel(path, {})
    keeper = TableKeeper(kernel, str(path))
    keep(keeper, A, B)
    kernel.refused = {B}
    keep(keeper, A)
    assert owned(path) == {A, B}
    kernel.refused = set()
    keep(keeper, A)
    assert (set(kernel.table), owned(path)) == ({A}, {A})


def test_remove_takes_only_owned_services_out(path: Path) -> None:
    kernel = FakeKernel(path, services(FOREIGN))
    keeper = TableKeeper(kernel, str(path))
    keep(keeper, A, B)
    keeper.remove({A, FOREIGN}, "cf")
    assert (set(kernel.table), owned(path)) == ({B, FOREIGN}, {B})


def test_a_broken_record_does_not_stop_the_monitor(path: Path) -> None:
    path.write_text("{")
    kernel = FakeKernel(path, services(FOREIGN))
    keep(TableKeeper(kernel, str(path)), A)
    assert (set(kernel.table), owned(path)) == ({A, FOREIGN}, {A})
