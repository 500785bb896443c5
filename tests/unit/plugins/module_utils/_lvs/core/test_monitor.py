# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rows belong in the kernel now: decisions from verdicts and activations alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Address, Group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ControlError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.health import Result
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    Table,
    TableOp,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.monitor import Monitor
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.monitor_status import (
    describe_monitor,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.services import (
    Check,
    MonitorConfig,
    Real,
    Virtual,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.words import op_words

VIP = "192.0.2.146"
KEY = ServiceKey(4, "tcp", VIP, 80)
FALLBACK = Destination(DestKey("127.0.0.1", 80))
NOW = 100.0


def row(number: int, weight: int = 1) -> Destination:
    return Destination(DestKey(f"192.0.2.{number}", 80), weight=weight)


def real(number: int, weight: int = 1) -> Real:
    return Real(row(number, weight), Check(f"192.0.2.{number}", 80))


def virtual(*reals: Real, key: ServiceKey = KEY, **settings: object) -> Virtual:
    return Virtual(Service(key, scheduler="rr"), reals, **settings)  # type: ignore[arg-type]


def group(standby: str = "warm", address: str = VIP) -> Group:
    held = (Address(address, 24, "eth0"),)
    return Group(address, held, ("a", "b"), is_auto_failback=False, standby=standby)


def monitor_of(*virtuals: Virtual, groups: tuple[Group, ...] = ()) -> Monitor:
    return Monitor(MonitorConfig("cf", virtuals), groups, NOW)


def judge(monitor: Monitor, **verdicts: bool) -> None:
    """Run every check once; ``s2=True`` says that 192.0.2.2 is up, those left out stay unknown."""
    for probe in monitor.start_due(NOW + 1000):
        name = "s" + probe.check.address.rsplit(".", 1)[1]
        if name in verdicts:
            monitor.record(probe, Result(verdicts[name], "tried"), NOW)


def table(*rows: Destination, key: ServiceKey = KEY) -> Table:
    return {key: VirtualService(Service(key, scheduler="rr"), {each.key: each for each in rows})}


def rows_of(monitor: Monitor, current: Table | None = None) -> list[Destination]:
    wanted = monitor.wanted_table(current or {})
    return sorted(wanted[KEY].destinations.values(), key=lambda each: each.key)


def test_a_server_not_yet_checked_is_not_added() -> None:
    monitor = monitor_of(virtual(real(2), real(3)))
    judge(monitor, s2=True)
    assert rows_of(monitor) == [row(2)]


def test_rows_the_kernel_has_stay_until_the_first_verdict() -> None:
    monitor = monitor_of(virtual(real(2), real(3, 5), real(4)))
    current = table(row(3, 2), row(4), row(9))
    assert rows_of(monitor, current) == [row(3, 2), row(4)]
    judge(monitor, s3=True, s4=False)
    assert rows_of(monitor, current) == [row(3, 5)]


def test_a_server_that_is_down_leaves_or_is_quiesced() -> None:
    for is_quiescent, expected in ((False, [row(3)]), (True, [row(2, 0), row(3)])):
        monitor = monitor_of(virtual(real(2), real(3), is_quiescent=is_quiescent))
        judge(monitor, s2=False, s3=True)
        assert rows_of(monitor) == expected


@pytest.mark.parametrize("is_quiescent", [False, True])
def test_the_fallback_stands_only_while_nobody_is_healthy(is_quiescent: bool) -> None:
    service = virtual(real(2), real(3), fallback=FALLBACK, is_quiescent=is_quiescent)
    quiet = [row(2, 0), row(3, 0)] if is_quiescent else []
    monitor = monitor_of(service)
    judge(monitor, s2=False, s3=False)
    assert rows_of(monitor) == [FALLBACK, *quiet]
    monitor = monitor_of(service)
    judge(monitor, s2=False, s3=True)
    assert FALLBACK not in rows_of(monitor)


def test_the_fallback_waits_for_the_last_verdict_unless_it_stands_already() -> None:
    monitor = monitor_of(virtual(real(2), real(3), fallback=FALLBACK))
    judge(monitor, s2=False)
    assert rows_of(monitor) == []
    assert rows_of(monitor, table(FALLBACK)) == [FALLBACK]


def test_checktype_on_and_off() -> None:
    on, off = Real(row(2), None, is_always_up=True), Real(row(3), None, is_always_up=False)
    monitor = monitor_of(virtual(on, off, is_quiescent=True))
    assert rows_of(monitor, table(row(3))) == [row(2)]
    assert len(monitor.health) == 0


def test_a_server_shared_by_services_is_checked_once() -> None:
    other = ServiceKey(4, "tcp", "192.0.2.147", 80)
    monitor = monitor_of(virtual(real(2)), virtual(real(2, 7), key=other))
    assert len(monitor.health) == 1
    judge(monitor, s2=True)
    wanted = monitor.wanted_table({})
    assert wanted[KEY].destinations[row(2).key].weight == 1
    assert wanted[other].destinations[row(2).key].weight == 7


def test_services_outside_any_group_and_warm_ones_always_stand() -> None:
    assert KEY in monitor_of(virtual()).wanted_table({})
    warm = monitor_of(virtual(), groups=(group("warm"),))
    assert KEY in warm.wanted_table({})
    warm.deactivate(VIP)
    assert KEY in warm.wanted_table({})


def test_a_cold_group_stands_while_activated() -> None:
    monitor = monitor_of(virtual(), groups=(group("cold"),))
    assert monitor.wanted_table({}) == {}
    monitor.activate(VIP, NOW)
    assert KEY in monitor.wanted_table({})
    monitor.deactivate(VIP)
    assert monitor.wanted_table(table()) == {}


def test_rows_of_a_cold_group_wait_for_the_agents_word() -> None:
    monitor = monitor_of(virtual(real(2)), groups=(group("cold"),))
    assert rows_of(monitor, table(row(2))) == [row(2)]
    judge(monitor, s2=False)
    assert rows_of(monitor, table(row(2))) == []


def test_an_unknown_group_is_an_error() -> None:
    monitor = monitor_of(virtual(), groups=(group(),))
    with pytest.raises(ControlError, match=r"knows no group 192\.0\.2\.9 .*192\.0\.2\.146"):
        monitor.activate("192.0.2.9", NOW)


def test_activation_waits_for_a_server_or_for_all_verdicts() -> None:
    monitor = monitor_of(virtual(real(2), real(3)), groups=(group("cold"),))
    assert not monitor.is_settled(VIP, {})
    assert monitor.is_settled(VIP, table(row(2)))
    assert not monitor.is_settled(VIP, table(row(2, 0)))
    judge(monitor, s2=False)
    assert not monitor.is_settled(VIP, {})
    for probe in monitor.start_due(NOW + 5000):
        monitor.record(probe, Result(False, "x"), NOW)
    judge_all_down = monitor_of(virtual(real(2), real(3)), groups=(group("cold"),))
    judge(judge_all_down, s2=False, s3=False)
    assert judge_all_down.is_settled(VIP, {})
    one_up = monitor_of(virtual(real(2), real(3)), groups=(group("cold"),))
    judge(one_up, s2=True)
    assert one_up.is_settled(VIP, {})


def test_activation_hastens_the_first_checks() -> None:
    monitor = monitor_of(virtual(real(2), real(3)), groups=(group("cold"),))
    assert len(monitor.start_due(NOW)) == 1
    monitor.activate(VIP, NOW)
    assert len(monitor.start_due(NOW)) == 1


def test_digests_are_equal_where_configuration_and_health_are() -> None:
    def digest(*, weight: int = 1, standby: str = "cold", **verdicts: bool) -> bytes:
        monitor = monitor_of(virtual(real(2, weight), real(3)), groups=(group(standby),))
        judge(monitor, **verdicts)
        return monitor.report(VIP, {}, {}).digest

    holder = digest(s2=True, s3=False)
    assert len(holder) == 8
    assert digest(s2=True, s3=False, standby="warm") == holder
    assert digest(s2=True) == holder
    assert digest(s2=True, s3=True) != holder
    assert digest(s2=True, s3=False, weight=2) != holder


def test_the_order_of_the_file_does_not_change_the_digest() -> None:
    other = virtual(real(4), key=replace(KEY, port=443))
    digests = set()
    for virtuals in ((virtual(real(2), real(3)), other), (other, virtual(real(3), real(2)))):
        monitor = monitor_of(*virtuals, groups=(group(),))
        judge(monitor, s2=True, s3=True, s4=True)
        digests.add(monitor.report(VIP, {}, {}).digest)
    assert len(digests) == 1


def test_reports() -> None:
    monitor = monitor_of(virtual(real(2), real(3)), groups=(group("cold"), group("warm", "::9")))
    judge(monitor, s2=True, s3=False)
    report = monitor.report(VIP, {}, {})
    assert (report.healthy, report.is_loaded, report.error) == (1, False, "")
    assert monitor.report(VIP, table(), {}).is_loaded
    refused = monitor.report(VIP, table(), {KEY: "no scheduler"})
    assert (refused.is_loaded, refused.error) == (False, "no scheduler")
    empty = monitor.report("::9", {}, {KEY: "no scheduler"})
    assert (empty.healthy, empty.is_loaded, empty.error) == (0, True, "")
    check = Check("192.0.2.2", 80)
    assert (report.check_s, empty.check_s) == (check.interval_s + check.timeout_s, 0)
    assert (report.servers, empty.servers) == (2, 0)


def test_verdicts_and_activations_survive_a_reload() -> None:
    monitor = monitor_of(virtual(real(2)), groups=(group("cold"),))
    judge(monitor, s2=True)
    monitor.activate(VIP, NOW)
    fresh = virtual(real(2, 9), real(3))
    monitor.reconfigure(MonitorConfig("cf", (fresh,)), (group("cold"),), NOW)
    assert rows_of(monitor) == [row(2, 9)]


def test_log_lines_of_soft_failures() -> None:
    patient = Real(row(2), Check("192.0.2.2", 80, fall=2))
    monitor = monitor_of(virtual(patient))
    lines: list[list[str]] = []
    for is_ok in (True, False, True, False, False):
        (probe,) = monitor.start_due(NOW + 1000 * (len(lines) + 1))
        outcome = monitor.record(probe, Result(is_ok, "refused"), NOW)
        assert outcome is not None
        lines.append(monitor.describe(outcome))
    use = "192.0.2.2:80 (tcp:192.0.2.146:80)"
    assert lines == [
        [],
        [f"Soft failure real server: {use} failure 1/2: refused"],
        [f"Resetting soft failure count: {use}"],
        [f"Soft failure real server: {use} failure 1/2: refused"],
        [f"Real server is down: {use}: refused"],
    ]


@pytest.mark.parametrize(
    ("kind", "before", "after", "line"),
    [
        ("add_dest", None, row(2, 3), "Added real server: {} (Weight set to 3)"),
        ("add_dest", None, row(2, 0), "Quiescent real server: {} (Weight set to 0)"),
        ("set_dest", row(2), row(2, 0), "Quiescent real server: {} (Weight set to 0)"),
        ("set_dest", row(2, 0), row(2), "Restored real server: {} (Weight set to 1)"),
        ("set_dest", row(2), row(2, 4), "Changed real server: {} (Weight set to 4)"),
        ("del_dest", row(2), row(2), "Deleted real server: {}"),
    ],
)
def test_writes_in_ldirectords_words(
    kind: str, before: Destination | None, after: Destination, line: str
) -> None:
    held = table(*([before] if before else []))
    words = op_words(TableOp(kind, Service(KEY), after), held, ())
    assert words == line.format("192.0.2.2:80 (tcp:192.0.2.146:80)")


def test_services_and_fallbacks_in_ldirectords_words() -> None:
    mark = Service(ServiceKey(6, fwmark=5))
    assert op_words(TableOp("add_service", mark), {}, ()) == "Added virtual server: fwm6:5"
    monitor = monitor_of(virtual(fallback=FALLBACK))
    added = TableOp("add_dest", Service(KEY), FALLBACK)
    assert op_words(added, {}, monitor.fallbacks()) == (
        "Added fallback server: 127.0.0.1:80 (tcp:192.0.2.146:80) (Weight set to 1)"
    )


def test_the_status_tells_each_servers_state_and_reason() -> None:
    monitor = monitor_of(virtual(real(2)), groups=(group("cold"),))
    judge(monitor, s2=False)
    status = describe_monitor(monitor, {}, {}, NOW + 2)
    (service,) = cast(list[dict[str, Any]], status["services"])
    (server,) = service["servers"]
    assert (server["is_up"], server["reason"], server["for_s"]) == (False, "tried", 2)
    assert status["groups"][VIP]["standby"] == "cold"  # type: ignore[index]


def test_cleanstop_leaves_the_rows_of_a_group_that_is_held_here() -> None:
    alone = monitor_of(virtual(real(2)))
    assert alone.keys_to_remove_at_stop() == {KEY}
    monitor = monitor_of(virtual(real(2)), groups=(group("cold"),))
    assert monitor.keys_to_remove_at_stop() == set()
    monitor.activate(VIP, NOW)
    assert monitor.keys_to_remove_at_stop() == set()
    monitor.deactivate(VIP)
    assert monitor.keys_to_remove_at_stop() == {KEY}
