# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paper's cluster, its variants and another cluster: what each figure must show, and where."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.plan import (
    Plan,
    make_url,
    parse_seconds,
)

VIP = "192.0.2.146"


def figures(plan: dict[str, Any], step: str) -> dict[str, tuple[str, str, bool]]:
    """Figure -> (host, holds or lacks, are the rows expected there)."""
    found = {}
    for look in plan["steps"][step]:
        for figure in look["figures"]:
            rows = not any(wanted["is_absent"] for wanted in figure["wanted"])
            found[figure["key"]] = (look["host"], "holds" if "holds" in figure else "lacks", rows)
    return found


def plan_of(setup: dict[str, Any]) -> dict[str, Any]:
    return Plan(setup).as_json()


def test_the_paper(story: Any) -> None:
    plan = story.plan
    assert (plan["server_off"], plan["director_off"]) == ("laico2", "laicoz")
    for step in ("5", "6", "held", "8", "9"):
        assert figures(plan, step) == {step: ("laicoz", "holds", True)}
    assert figures(plan, "10") == {"10": ("laicoy", "lacks", False)}
    assert figures(plan, "12") == {"12": ("laicoy", "holds", True)}
    assert figures(plan, "13") == {
        "13": ("laicoz", "holds", True),
        "14": ("laicoy", "lacks", False),
    }


def test_figure_8_lacks_the_server_that_is_off(story: Any) -> None:
    (look,) = story.plan["steps"]["8"]
    assert list(look["question"]["wanted"][0]["weights"]) == ["192.0.2.3:80", "192.0.2.4:80"]


def test_a_quiescent_cluster_keeps_it_with_weight_0(story: Any) -> None:
    (look,) = plan_of({**story.setup, "quiescent": True})["steps"]["8"]
    assert look["question"]["wanted"][0]["weights"]["192.0.2.2:80"] == 0


def test_counters_are_asserted_in_stage_1_only(story: Any) -> None:
    def counts(step: str) -> tuple[Any, ...]:
        wanted = story.plan["steps"][step][0]["question"]["wanted"][0]
        return wanted["active"], wanted["inactive"], wanted["spread"]

    assert counts("5") == (0, 0, None)
    assert counts("6") == (0, 15, 1)
    assert counts("held") == (1, None, None)
    assert counts("8") == counts("9") == counts("12") == (None, None, None)


def test_nice_failback_swaps_13_and_14(story: Any) -> None:
    plan = plan_of({**story.setup, "auto_failback": False})
    assert figures(plan, "13") == {
        "13": ("laicoz", "lacks", False),
        "14": ("laicoy", "holds", True),
    }


def test_warm_standbys_have_the_rows_too(story: Any) -> None:
    plan = plan_of({**story.setup, "auto_failback": False, "standby": "warm"})
    assert figures(plan, "10") == {"10": ("laicoy", "lacks", True)}
    assert figures(plan, "13") == {
        "13": ("laicoz", "lacks", True),
        "14": ("laicoy", "holds", True),
    }


def test_under_nice_failback_whoever_holds_it_is_powered_off(story: Any) -> None:
    setup = {**story.setup, "auto_failback": False}
    for director in setup["directors"]:
        director["addresses"] = [VIP] if director["name"] == "laicoy" else []
    plan = plan_of(setup)
    assert plan["director_off"] == "laicoy"
    assert figures(plan, "5") == {"5": ("laicoy", "holds", True)}
    assert figures(plan, "12") == {"12": ("laicoz", "holds", True)}


def test_with_failback_the_primary_is_expected_whoever_holds_it(story: Any) -> None:
    for director in story.setup["directors"]:
        director["addresses"] = [VIP] if director["name"] == "laicoy" else []
    assert figures(plan_of(story.setup), "5") == {"5": ("laicoz", "holds", True)}


def with_second_vip(setup: dict[str, Any], primary: str) -> dict[str, Any]:
    vips, services = setup["cluster"]["vips"], setup["cluster"]["services"]
    other = "192.0.2.147"
    return {
        **setup,
        "cluster": {
            "vips": [*vips, {**vips[0], "address": other, "primary": primary}],
            "services": [*services, {**services[0], "vip": other, "scheduler": "wlc"}],
        },
    }


def test_a_second_address_has_figures_of_its_own(story: Any) -> None:
    plan = plan_of(with_second_vip(story.setup, "laicoy"))
    assert figures(plan, "8") == {
        "8": ("laicoz", "holds", True),
        "8 192.0.2.147": ("laicoy", "holds", True),
    }
    assert figures(plan, "12") == {
        "12": ("laicoy", "holds", True),
        "12 192.0.2.147": ("laicoy", "holds", True),
    }
    assert figures(plan, "13")["13 192.0.2.147"] == ("laicoz", "lacks", False)
    assert figures(plan, "13")["14 192.0.2.147"] == ("laicoy", "holds", True)
    assert list(figures(plan, "held")) == ["held"]
    (look,) = plan["steps"]["12"]
    assert look["question"]["holds"] == [VIP, "192.0.2.147"]


def test_wlc_shares_are_not_asserted(story: Any) -> None:
    plan = plan_of(with_second_vip(story.setup, "laicoz"))
    first, second = plan["steps"]["6"][0]["question"]["wanted"]
    assert (first["spread"], second["spread"], second["inactive"]) == (1, None, 15)
    assert [client["is_even"] for client in plan["clients"]] == [True, False]


def test_waits_follow_the_timings(story: Any) -> None:
    def wait(setup: dict[str, Any], step: str) -> float:
        return float(plan_of(setup)["steps"][step][0]["question"]["timeout_s"])

    assert wait(story.setup, "8") == 14.0
    assert wait({**story.setup, "checkinterval": 10, "failurecount": 3}, "8") == 46.0
    assert wait({**story.setup, "deadtime": "500ms"}, "12") == 10.5
    assert wait(story.setup, "13") == 37.0


def test_weights_are_2_3_4_and_nine_requests(story: Any) -> None:
    weights = story.plan["weights"]
    assert list(weights["weights"].values()) == [2, 3, 4]
    assert (weights["requests"], weights["host"], weights["family"]) == (9, "laicoz", 4)


@pytest.mark.parametrize(
    ("change", "url"),
    [
        ({}, "http://192.0.2.146:80/"),
        (
            {"check": {"request": "a.html", "service": "https"}, "port": 443},
            "https://192.0.2.146:443/a.html",
        ),
        ({"check": {"type": "connect"}, "port": 25}, "tcp://192.0.2.146:25"),
        ({"check": {"type": "connect"}, "port": 443}, "https://192.0.2.146:443/"),
        ({"vip": "2001:db8::1"}, "http://[2001:db8::1]:80/"),
    ],
)
def test_url_follows_the_check(story: Any, change: dict[str, Any], url: str) -> None:
    service = {**story.setup["cluster"]["services"][0], **change}
    assert make_url(service) == url


@pytest.mark.parametrize(("text", "seconds"), [("1", 1.0), (2, 2.0), ("500ms", 0.5), ("3s", 3.0)])
def test_times_are_read_as_in_ha_cf(text: object, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"deadtime": "soon"}, "soon is no time"),
        ({"powerable": []}, "stage 2 has nothing to power off"),
    ],
)
def test_what_cannot_be_tested_is_one_sentence(
    story: Any, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        plan_of({**story.setup, **change})


def test_one_director_is_refused(story: Any) -> None:
    story.setup["directors"].pop()
    with pytest.raises(ConfigError, match="two directors"):
        plan_of(story.setup)


def test_udp_alone_is_refused(story: Any) -> None:
    story.setup["cluster"]["services"][0]["protocol"] = "udp"
    with pytest.raises(ConfigError, match="no service is tcp"):
        plan_of(story.setup)
