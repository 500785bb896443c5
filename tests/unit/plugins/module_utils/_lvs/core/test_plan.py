# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner of tables: small ones exhaustively, larger ones at random, and cases by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    Table,
    TablePlan,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan import (
    apply_plan,
    describe,
    plan_dest,
    plan_dest_absent,
    plan_service,
    plan_service_absent,
    plan_table,
)

WEB = ServiceKey(4, "tcp", "192.0.2.146", 80)
DNS = ServiceKey(4, "udp", "192.0.2.146", 53)
ONE = DestKey("192.0.2.2", 80)
TWO = DestKey("192.0.2.3", 80)


def virtual(service: Service, *destinations: Destination) -> VirtualService:
    return VirtualService(service, {dest.key: dest for dest in destinations})


def _variants(key: ServiceKey) -> list[VirtualService | None]:
    """No service, or one of two schedulers with any of two destinations at one of two weights."""
    ports = [DestKey(address, key.port) for address in ("192.0.2.2", "192.0.2.3")]
    found: list[VirtualService | None] = [None]
    for scheduler in ("rr", "wlc"):
        for weights in itertools.product((None, 1, 0), repeat=2):
            dests = [
                Destination(dest, weight=weight)
                for dest, weight in zip(ports, weights)
                if weight is not None
            ]
            found.append(virtual(Service(key, scheduler), *dests))
    return found


def tables(*keys: ServiceKey) -> Iterator[Table]:
    for virtuals in itertools.product(*map(_variants, keys)):
        yield {key: each for key, each in zip(keys, virtuals) if each is not None}


ALL_OF_ONE = list(tables(WEB))
OWNED: list[tuple[ServiceKey, ...]] = [(), (WEB,)]


@pytest.mark.parametrize("owned", OWNED)
def test_every_plan_ends_in_the_wanted_table(owned: tuple[ServiceKey, ...]) -> None:
    for current, wanted in itertools.product(ALL_OF_ONE, ALL_OF_ONE):
        after = apply_plan(current, plan_table(current, wanted, owned))
        expected = wanted if wanted or owned else current
        assert after == expected, (current, wanted)


def test_a_table_as_wanted_needs_nothing() -> None:
    for table in ALL_OF_ONE:
        assert plan_table(table, table, ()) == ()
        assert plan_table(table, table, table) == ()


def test_each_step_can_be_the_last() -> None:
    """Killed between any two operations, the next start still ends in the wanted table."""
    for current, wanted in itertools.product(ALL_OF_ONE, ALL_OF_ONE):
        plan = plan_table(current, wanted, (WEB,))
        for count in range(len(plan) + 1):
            stopped = apply_plan(current, plan[:count])
            assert apply_plan(stopped, plan_table(stopped, wanted, (WEB,))) == wanted


def kinds(plan: TablePlan) -> list[str]:
    return [op.kind for op in plan]


def test_what_exists_is_never_deleted_to_be_added_again() -> None:
    for current, wanted in itertools.product(ALL_OF_ONE, ALL_OF_ONE):
        plan = plan_table(current, wanted, (WEB,))
        if current and wanted:
            assert not {"add_service", "del_service"} & set(kinds(plan))
        touched = [op.dest.key for op in plan if op.dest is not None]
        assert len(touched) == len(set(touched)), "no destination is written twice"


def test_new_destinations_come_before_old_ones_go() -> None:
    current = {WEB: virtual(Service(WEB), Destination(ONE))}
    wanted = {WEB: virtual(Service(WEB), Destination(TWO))}
    assert describe(plan_table(current, wanted, ())) == [
        "-a -t 192.0.2.146:80 -r 192.0.2.3:80 -g -w 1",
        "-d -t 192.0.2.146:80 -r 192.0.2.2:80",
    ]


def test_a_server_is_drained_after_its_replacement_is_there() -> None:
    current = {WEB: virtual(Service(WEB), Destination(ONE))}
    wanted = {WEB: virtual(Service(WEB), Destination(ONE, weight=0), Destination(TWO))}
    assert describe(plan_table(current, wanted, ())) == [
        "-a -t 192.0.2.146:80 -r 192.0.2.3:80 -g -w 1",
        "-e -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 0",
    ]


def test_a_service_always_has_one_server_that_takes_connections() -> None:
    """Whatever the two tables: if both ends have one, so has every table between them."""
    for current, wanted in itertools.product(ALL_OF_ONE, ALL_OF_ONE):
        if not (is_served(current) and is_served(wanted)):
            continue
        plan = plan_table(current, wanted, (WEB,))
        for count in range(len(plan)):
            assert is_served(apply_plan(current, plan[:count])), (current, wanted)


def is_served(table: Table) -> bool:
    return WEB in table and any(dest.weight for dest in table[WEB].destinations.values())


def test_purge_says_what_of_the_rest_goes() -> None:
    foreign = virtual(Service(DNS), Destination(DestKey("192.0.2.9", 53)))
    current = {WEB: virtual(Service(WEB), Destination(ONE)), DNS: foreign}
    wanted = {WEB: virtual(Service(WEB, "rr"), Destination(TWO))}
    rows = [
        "-E -t 192.0.2.146:80 -s rr",
        "-a -t 192.0.2.146:80 -r 192.0.2.3:80 -g -w 1",
        "-d -t 192.0.2.146:80 -r 192.0.2.2:80",
        "-D -u 192.0.2.146:53",
    ]
    for purge, count in (("none", 2), ("destinations", 3), ("all", 4)):
        assert describe(plan_table(current, wanted, (), purge)) == rows[:count]
    assert plan_table(current, {}, (), "destinations") == ()


def test_a_service_comes_before_its_destinations_and_goes_last() -> None:
    current = {DNS: virtual(Service(DNS), Destination(DestKey("192.0.2.2", 53)))}
    wanted = {WEB: virtual(Service(WEB, "rr"), Destination(ONE), Destination(TWO, weight=3))}
    assert describe(plan_table(current, wanted, (DNS,))) == [
        "-A -t 192.0.2.146:80 -s rr",
        "-a -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 1",
        "-a -t 192.0.2.146:80 -r 192.0.2.3:80 -g -w 3",
        "-D -u 192.0.2.146:53",
    ]


def test_foreign_services_are_never_touched() -> None:
    foreign = virtual(Service(DNS), Destination(DestKey("192.0.2.9", 53)))
    for current, wanted in itertools.product(ALL_OF_ONE, ALL_OF_ONE):
        with_foreign = {**current, DNS: foreign}
        plan = plan_table(with_foreign, wanted, (WEB,))
        assert all(op.service.key == WEB for op in plan)


def test_a_destination_shown_as_local_is_no_difference() -> None:
    current = {WEB: virtual(Service(WEB), Destination(ONE, forward="local"))}
    wanted = {WEB: virtual(Service(WEB), Destination(ONE, forward="direct"))}
    assert plan_table(current, wanted, ()) == ()
    heavier = {WEB: virtual(Service(WEB), Destination(ONE, forward="direct", weight=2))}
    assert describe(plan_table(current, heavier, ())) == [
        "-e -t 192.0.2.146:80 -r 192.0.2.2:80 -g -w 2"
    ]


def test_connections_are_no_difference() -> None:
    busy = {WEB: virtual(Service(WEB), Destination(ONE, active_connections=7))}
    idle = {WEB: virtual(Service(WEB), Destination(ONE))}
    assert plan_table(busy, idle, ()) == ()


SCHEDULERS = st.sampled_from(["rr", "wrr", "sh"])
SERVICES = st.builds(
    Service,
    key=st.sampled_from([WEB, DNS, ServiceKey(6, fwmark=3)]),
    scheduler=SCHEDULERS,
    scheduler_flags=st.sampled_from([0, 8, 24]),
    persistence_timeout_s=st.sampled_from([None, 60]),
)
DESTINATIONS = st.builds(
    Destination,
    key=st.sampled_from([ONE, TWO]),
    weight=st.integers(0, 3),
    upper_threshold=st.sampled_from([0, 5]),
)
TABLES = st.lists(st.tuples(SERVICES, st.lists(DESTINATIONS, max_size=3)), max_size=3).map(
    lambda rows: {service.key: virtual(service, *dests) for service, dests in rows}
)


@given(current=TABLES, wanted=TABLES, owned=st.sets(st.sampled_from([WEB, DNS])))
def test_plans_of_larger_tables(current: Table, wanted: Table, owned: set[ServiceKey]) -> None:
    plan = plan_table(current, wanted, owned)
    after = apply_plan(current, plan)
    assert plan_table(after, wanted, owned) == ()
    kept = {key: each for key, each in current.items() if key not in owned and key not in wanted}
    assert after == {**kept, **wanted}
    assert plan == plan_table(dict(reversed(current.items())), wanted, owned), "order is stable"


def test_a_new_service_gets_the_usual_values() -> None:
    assert describe(plan_service({}, WEB, {})) == ["-A -t 192.0.2.146:80 -s wlc"]


def test_what_is_left_out_of_a_service_stays() -> None:
    held = Service(WEB, "rr", persistence_timeout_s=60, persistence_netmask=24)
    current = {WEB: virtual(held, Destination(ONE))}
    assert plan_service(current, WEB, {}) == ()
    (op,) = plan_service(current, WEB, {"scheduler": "wrr"})
    assert op.kind == "set_service"
    assert op.service == replace(held, scheduler="wrr")


def test_without_persistence_its_settings_go_too() -> None:
    held = Service(WEB, persistence_timeout_s=60, persistence_netmask=24)
    (op,) = plan_service({WEB: virtual(held)}, WEB, {"persistence_timeout_s": None})
    assert op.service == Service(WEB)


def test_absent_services_and_destinations() -> None:
    current = {WEB: virtual(Service(WEB), Destination(ONE))}
    assert describe(plan_service_absent(current, WEB)) == ["-D -t 192.0.2.146:80"]
    assert plan_service_absent(current, DNS) == ()
    assert describe(plan_dest_absent(current, WEB, ONE)) == ["-d -t 192.0.2.146:80 -r 192.0.2.2:80"]
    assert plan_dest_absent(current, WEB, TWO) == ()
    assert plan_dest_absent(current, DNS, ONE) == ()


def test_what_is_left_out_of_a_destination_stays() -> None:
    drained = Destination(ONE, weight=0, upper_threshold=10)
    current = {WEB: virtual(Service(WEB), drained)}
    assert plan_dest(current, WEB, ONE, {}) == ()
    (op,) = plan_dest(current, WEB, ONE, {"lower_threshold": 5})
    assert op.dest == replace(drained, lower_threshold=5)
    (new,) = plan_dest(current, WEB, TWO, {})
    assert (new.kind, new.dest) == ("add_dest", Destination(TWO))


def test_a_destination_needs_its_service() -> None:
    with pytest.raises(ConfigError, match=r"-t 192\.0\.2\.146:80 does not exist.*ipvs_service"):
        plan_dest({}, WEB, ONE, {})


def test_a_destination_that_leaves_its_tunnel_forgets_it() -> None:
    held = Destination(ONE, forward="tunnel", tunnel_type="gue", tunnel_port=6080, tunnel_flags=1)
    current = {WEB: virtual(Service(WEB), held)}
    (op,) = plan_dest(current, WEB, ONE, {"forward": "direct"})
    assert op.dest == Destination(ONE)
