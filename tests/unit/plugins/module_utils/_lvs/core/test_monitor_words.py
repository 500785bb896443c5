# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the table, and of what the agent is told, by operators' words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Address, Group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.draining import (
    Word,
    Words,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.enabling import (
    check_now,
    is_checked,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.health import Result
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
    Table,
    VirtualService,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.monitor import Monitor
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.monitor_status import (
    describe_servers,
    states_of,
    warn_of,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.services import (
    Check,
    MonitorConfig,
    Real,
    Virtual,
)
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.saying import (
    END,
    FALLBACK,
    HOST,
    KEY,
    NOW,
    THREE,
    TLS,
    TWO,
    TWO_TLS,
    VIP,
    disabled,
    drained,
    enabled,
)

# ---- the table -----------------------------------------------------------------------------------


def real(key: DestKey, **settings: int) -> Real:
    return Real(Destination(key, **settings), Check(key.address, key.port))  # type: ignore[arg-type]


def virtual(*reals: Real, key: ServiceKey = KEY, **settings: object) -> Virtual:
    return Virtual(Service(key, scheduler="rr"), reals, **settings)  # type: ignore[arg-type]


def monitor_of(*virtuals: Virtual, standby: str = "", **verdicts: bool) -> Monitor:
    """A monitor that judged its servers; ``s2=False`` says that 192.0.2.2 is down."""
    held = (Address(VIP, 24, "eth0"),)
    groups = [Group(VIP, held, ("a", "b"), is_auto_failback=False, standby=standby)]
    monitor = Monitor(MonitorConfig("cf", virtuals), groups if standby else [], NOW - 50)
    for probe in monitor.start_due(NOW - 1):
        is_up = verdicts.get("s" + probe.check.address.rsplit(".", 1)[1], True)
        monitor.record(probe, Result(is_up, "tried"), NOW - 1)
    return monitor


def table(*rows: Destination, key: ServiceKey = KEY) -> Table:
    return {key: VirtualService(Service(key, scheduler="rr"), {each.key: each for each in rows})}


def weights(monitor: Monitor, current: Table, key: ServiceKey = KEY) -> dict[str, int]:
    rows = monitor.wanted_table(current)[key].destinations.values()
    return {f"{row.key.address}:{row.key.port}": row.weight for row in rows}


def held(key: DestKey, weight: int = 1, active: int = 0) -> Destination:
    return Destination(key, weight=weight, active_connections=active)


def test_a_drain_from_its_beginning_to_its_end() -> None:
    monitor = monitor_of(virtual(real(TWO, weight=4), real(THREE)))
    monitor.words = monitor.words.said([drained()])
    current = table(held(TWO, 4, active=2), held(THREE))
    monitor.see(current, NOW)
    assert weights(monitor, current) == {"192.0.2.2:80": 0, "192.0.2.3:80": 1}
    current = table(held(TWO, 0, active=2), held(THREE))
    monitor.see(current, NOW + 1)
    assert weights(monitor, current) == {"192.0.2.2:80": 0, "192.0.2.3:80": 1}
    current = table(held(TWO, 0), held(THREE))
    monitor.see(current, NOW + 2)
    assert weights(monitor, current) == {"192.0.2.3:80": 1}
    # Put back by hand: not wanted all the same.
    assert weights(monitor, table(held(TWO, 4, active=2))) == {"192.0.2.3:80": 1}


def test_a_drain_counts_all_services_of_the_server_together() -> None:
    monitor = monitor_of(virtual(real(TWO)), virtual(real(TWO_TLS), key=TLS))
    monitor.words = monitor.words.said([drained(most=3)])
    busy = {**table(held(TWO, 0, 2)), **table(held(TWO_TLS, 0, 2), key=TLS)}
    monitor.see(busy, NOW)
    assert weights(monitor, busy) == {"192.0.2.2:80": 0}
    assert weights(monitor, busy, TLS) == {"192.0.2.2:443": 0}
    calm = {**table(held(TWO, 0, 2)), **table(held(TWO_TLS, 0, 1), key=TLS)}
    monitor.see(calm, NOW)
    assert (weights(monitor, calm), weights(monitor, calm, TLS)) == ({}, {})


def test_a_drain_of_one_port_leaves_the_others() -> None:
    monitor = monitor_of(virtual(real(TWO)), virtual(real(TWO_TLS), key=TLS))
    monitor.words = monitor.words.said([drained(TWO)])
    current = {**table(held(TWO)), **table(held(TWO_TLS), key=TLS)}
    monitor.see(current, NOW)
    assert weights(monitor, current) == {"192.0.2.2:80": 0}
    assert weights(monitor, current, TLS) == {"192.0.2.2:443": 1}


@pytest.mark.parametrize("word", [drained(), disabled()])
@pytest.mark.parametrize("is_quiescent", [False, True])
def test_a_row_that_is_not_there_is_not_added(word: Word, is_quiescent: bool) -> None:
    """A takeover, a reboot, a new service: what is drained never gets a client again."""
    service = virtual(real(TWO), real(THREE), is_quiescent=is_quiescent)
    monitor = monitor_of(service, standby="cold")
    monitor.words = monitor.words.said([word])
    monitor.activate(VIP, NOW)
    monitor.see({}, NOW)
    assert weights(monitor, {}) == {"192.0.2.3:80": 1}
    assert monitor.is_settled(VIP, {})


def test_activation_waits_for_a_server_that_no_operator_keeps_out() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE)), standby="cold")
    fresh = Monitor(monitor.config, monitor.groups.values(), NOW, Words([disabled()]))
    assert not fresh.is_settled(VIP, {})
    (probe,) = (p for p in fresh.start_due(NOW + 9) if p.check.address == TWO.address)
    fresh.record(probe, Result(True, "tried"), NOW + 9)
    assert not fresh.is_settled(VIP, {}), "the only server that is up may not serve"


def test_disabled_is_out_at_once() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE), is_quiescent=True))
    monitor.words = monitor.words.said([disabled()])
    assert weights(monitor, table(held(TWO, 1, 9), held(THREE))) == {"192.0.2.3:80": 1}


def test_a_server_that_dies_while_it_is_drained_is_treated_as_any_other() -> None:
    for is_quiescent, expected in ((False, {}), (True, {"192.0.2.2:80": 0})):
        monitor = monitor_of(virtual(real(TWO), is_quiescent=is_quiescent), s2=False)
        monitor.words = monitor.words.said([drained()])
        assert weights(monitor, table(held(TWO, 0, 2))) == expected


@pytest.mark.parametrize("is_quiescent", [False, True])
def test_the_fallback_stands_when_all_servers_are_drained(is_quiescent: bool) -> None:
    service = virtual(real(TWO), real(THREE), fallback=FALLBACK, is_quiescent=is_quiescent)
    monitor = monitor_of(service, s3=False)
    monitor.words = monitor.words.said([drained()])
    current = table(held(TWO, 1, 2), *([held(THREE, 0)] if is_quiescent else []))
    monitor.see(current, NOW)
    quiet = {"192.0.2.3:80": 0} if is_quiescent else {}
    assert weights(monitor, current) == {"127.0.0.1:80": 1, "192.0.2.2:80": 0, **quiet}
    monitor.see(current, END)
    assert weights(monitor, current) == {"127.0.0.1:80": 1, **quiet}


def test_a_drained_server_is_no_fallback_either() -> None:
    spare = Destination(DestKey("192.0.2.2", 8080))
    monitor = monitor_of(virtual(real(TWO), fallback=spare))
    monitor.words = monitor.words.said([disabled()])
    assert weights(monitor, {}) == {}


def test_an_enabled_server_comes_back_after_a_fresh_good_check() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE)))
    monitor.words = monitor.words.said([disabled()])
    current = table(held(THREE))
    word = enabled(at=NOW + 60)
    monitor.words = monitor.words.said([word])
    check_now(monitor, word, NOW + 60)
    assert weights(monitor, current) == {"192.0.2.3:80": 1}, "its last check is of before"
    (probe,) = (p for p in monitor.start_due(NOW + 60) if p.check.address == TWO.address)
    assert not is_checked(monitor, word)
    outcome = monitor.record(probe, Result(True, "tried"), NOW + 60.1)
    assert outcome is not None
    assert (outcome.is_change, outcome.is_news) == (False, True)
    assert is_checked(monitor, word)
    assert weights(monitor, current) == {"192.0.2.2:80": 1, "192.0.2.3:80": 1}


def test_an_enabled_server_whose_check_fails_stays_out() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE)))
    monitor.words = Words([enabled(at=NOW + 60)])
    probe = next(p for p in monitor.start_due(NOW + 60) if p.check.address == TWO.address)
    monitor.record(probe, Result(False, "refused"), NOW + 60.1)
    assert weights(monitor, table(held(TWO, 0), held(THREE))) == {"192.0.2.3:80": 1}


def test_words_survive_a_reload_of_the_configuration() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE)))
    monitor.words = monitor.words.said([disabled()])
    more = MonitorConfig("cf", (virtual(real(THREE)), virtual(real(TWO_TLS), key=TLS)))
    monitor.reconfigure(more, [], NOW)
    assert weights(monitor, table(held(TWO_TLS), key=TLS), TLS) == {}, "new in the file, old word"


# ---- what others are told ------------------------------------------------------------------------


@pytest.mark.parametrize("word", [drained(), replace(drained(), is_out=True), disabled()])
def test_the_agent_is_told_the_same_with_and_without_an_operators_word(word: Word) -> None:
    """Else the group would move away from the director on which a server is drained first."""
    monitor = monitor_of(virtual(real(TWO), real(THREE), fallback=FALLBACK), standby="warm")
    current = table(held(TWO), held(THREE))
    before = monitor.report(VIP, current, {})
    assert before.healthy == 2
    monitor.words = monitor.words.said([word])
    assert monitor.report(VIP, current, {}) == before
    monitor.words = monitor.words.said([enabled(at=NOW + 60)])
    assert monitor.report(VIP, current, {}) == before


def test_the_last_working_server_is_warned_of() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE)), s3=False)
    said = [drained()]
    (sentence,) = warn_of(monitor, monitor.words.said(said), said, False)
    assert sentence.startswith(f"tcp:{VIP}:80 has no working server left and no fallback: its")
    spared = monitor_of(virtual(real(TWO), real(THREE), fallback=FALLBACK), s3=False)
    (sentence,) = warn_of(spared, spared.words.said(said), said, False)
    assert sentence == f"tcp:{VIP}:80 has no working server left: its fallback 127.0.0.1:80 serves."
    two_left = monitor_of(virtual(real(TWO), real(THREE)))
    assert warn_of(two_left, two_left.words.said(said), said, True) == []
    assert warn_of(monitor, monitor.words, [enabled()], True) == []


def test_persistence_that_holds_clients_to_a_drained_server_is_warned_of() -> None:
    service = replace(virtual(), service=Service(KEY, persistence_timeout_s=300))
    monitor = monitor_of(replace(service, reals=(real(TWO), real(THREE))))
    for words, is_kept, count in (([drained()], True, 1), ([drained()], False, 0),
                                  ([disabled()], True, 0)):  # fmt: skip
        found = warn_of(monitor, monitor.words.said(words), words, is_kept)
        assert len(found) == count
        assert all("expire_quiescent_template is 0" in sentence for sentence in found)


def test_servers_as_an_operator_sees_them() -> None:
    monitor = monitor_of(virtual(real(TWO), real(THREE)), virtual(real(TWO_TLS), key=TLS))
    monitor.words = Words([drained(most=1), disabled(DestKey("::9", 443))])
    current = table(held(TWO, 0, 5), held(THREE, 1, 2))
    monitor.see(current, NOW + 3)
    found = {str(each["server"]): each for each in describe_servers(monitor, current, NOW + 3)}
    assert list(found) == ["192.0.2.2:80", "192.0.2.2:443", "192.0.2.3:80", "[::9]:443"]
    assert found["192.0.2.2:80"] == {
        "server": "192.0.2.2:80",
        "services": [f"tcp:{VIP}:80"],
        "is_up": True,
        "connections": 5,
        "is_in_table": True,
        "state": "drained",
        "said_of": "192.0.2.2",
        "since_s": 3.0,
        "is_draining": True,
        "max_connections": 1,
        "ends_in_s": 297.0,
        "left": 5,
    }
    assert found["192.0.2.3:80"]["state"] == "enabled"
    assert found["[::9]:443"]["services"] == []


def test_states_are_told_by_row() -> None:
    monitor = monitor_of(virtual(real(TWO)), virtual(real(TWO_TLS), key=TLS))
    words = Words([disabled(TWO_TLS)])
    assert states_of(monitor, words, [HOST]) == {
        "192.0.2.2:80": "enabled",
        "192.0.2.2:443": "disabled",
    }
    assert states_of(monitor, words, [DestKey("::9", 0)]) == {"::9": "enabled"}
