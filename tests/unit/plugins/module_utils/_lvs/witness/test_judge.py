# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each expectation is seen green and red; each red names the stage, the figure, what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.report import (
    markdown,
    stage_table,
)

ROW_2 = "  -> 192.0.2.2:80                 Route   1      0          0\n"
LAICO2_MAC = "02:00:00:00:00:02"
SCHEMA = Path(__file__).resolve().parents[6] / "docs" / "reference" / "report.schema.json"


def test_all_well_passes(story: Any) -> None:
    report = story.report()
    assert report["failures"] == []
    assert report["verdict"] == "passed"
    assert list(report["figures"]) == [
        *("5", "6", "held", "weights", "8", "9", "10", "12", "round", "13", "14")
    ]
    assert all(figure["ok"] for figure in report["figures"].values())
    first, second, third = report["stages"]
    assert (first["requests"], first["lost"]) == (15, 0)
    assert first["per_server"] == {"laico2": 5, "laico3": 5, "laico4": 5}
    assert (second["requests"], second["lost"]) == (4000, 0)
    assert third["lost"] == 120
    assert third["longest_gap_ms"] == pytest.approx(1210, abs=1)


def lose_a_row(step: str) -> Callable[[Any], None]:
    return lambda story: story.change_table(step, ROW_2, "")


def add_a_run(mac: str, first: float, last: float) -> Callable[[Any], None]:
    run = {"address": "192.0.2.146", "mac": mac, "first": first, "last": last, "answers": 9}
    return lambda story: story.data["runs"].append(run)


def set_lines(kind: str, at: slice, **fields: Any) -> Callable[[Any], None]:
    def change(story: Any) -> None:
        for line in story.data[kind][0][at]:
            line.pop("server", None)
            line.update(fields)

    return change


def empty_table(step: str, host: str) -> Callable[[Any], None]:
    def change(story: Any) -> None:
        for look, result in zip(story.plan["steps"][step], story.record["looks"][step]):
            if look["host"] == host:
                result["stdout"] = json.dumps({**json.loads(result["stdout"]), "table": ""})

    return change


def answer_nothing(story: Any) -> None:
    story.record["looks"]["12"] = [{"unreachable": True, "msg": "ssh: no route to host"}]


def hold_nothing(story: Any) -> None:
    (result,) = story.record["looks"]["12"]
    result["stdout"] = json.dumps({**json.loads(result["stdout"]), "addresses": []})


def serve_unevenly(story: Any) -> None:
    for line in story.data["load"][0]:
        if line.get("server") == "laico4":
            line["server"] = "laico3"


def keep_the_vip(story: Any) -> None:
    story.data["runs"][1]["last"] = story.data["runs"].pop()["last"]


def fill_standby(story: Any) -> None:
    seen = json.loads(story.record["looks"]["5"][0]["stdout"])
    story.record["looks"]["10"] = [{"stdout": json.dumps({**seen, "addresses": []})}]


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        pytest.param(
            lose_a_row("5"),
            "stage 1, figure 5 on laicoz: expected TCP 192.0.2.146:80 rr with "
            "192.0.2.2:80, 192.0.2.3:80, 192.0.2.4:80, 192.0.2.146 held within 20 s; "
            "seen: 192.0.2.2:80 is missing.",
            id="5",
        ),
        pytest.param(
            lambda story: story.change_table("6", "0          5", "0          4"),
            "stage 1, figure 6 on laicoz",
            id="6",
        ),
        pytest.param(
            lambda story: story.change_table("held", "1          0", "0          1"),
            "stage 1, a connection held open on laicoz",
            id="held",
        ),
        pytest.param(
            lambda story: story.record.update(
                weights={"stdout": json.dumps({"error": "packets cannot be marked here."})}
            ),
            "seen: packets cannot be marked here.",
            id="weights",
        ),
        pytest.param(
            lambda story: story.data["weights"][0].update(error="reset"),
            "stage 1, wrr: 1 of 9 requests were lost (reset 1).",
            id="weights lost",
        ),
        pytest.param(
            lambda story: story.change_table("8", "rr\n", "rr\n" + ROW_2),
            "stage 2, figure 8 on laicoz",
            id="8",
        ),
        pytest.param(lose_a_row("9"), "stage 2, figure 9 on laicoz", id="9"),
        pytest.param(fill_standby, "stage 3, figure 10 on laicoy: expected no row of", id="10"),
        pytest.param(lose_a_row("12"), "stage 3, figure 12 on laicoy", id="12"),
        pytest.param(hold_nothing, "seen: it does not hold 192.0.2.146.", id="12 not held"),
        pytest.param(answer_nothing, "not be looked at (ssh: no route to host)", id="12 gone"),
        pytest.param(
            serve_unevenly,
            "stage 3, a round of requests after the takeover: expected 15 "
            "requests in a row, all answered, the servers differ by at most one; seen: laico2 5, "
            "laico3 10, laico4 0.",
            id="round",
        ),
        pytest.param(
            set_lines("load", slice(5200, 5400), error="timeout"),
            "seen: no 15 requests in a row were all answered.",
            id="round lost",
        ),
        pytest.param(empty_table("13", "laicoz"), "stage 3, figure 13 on laicoz", id="13"),
        pytest.param(
            lambda story: story.record["looks"]["13"].reverse(),
            "stage 3, figure 14 on laicoy",
            id="14",
        ),
        pytest.param(
            set_lines("stage1", slice(3, 4), error="refused"),
            "stage 1, 192.0.2.146:80: 1 of 15 requests were lost, the budget is 0 (refused 1).",
            id="budget 1",
        ),
        pytest.param(
            lambda story: story.data["stage1"][0].pop(),
            "14 requests were made, not 15",
            id="fewer requests",
        ),
        pytest.param(
            set_lines("load", slice(0, 151), error="timeout"),
            "stage 2, 192.0.2.146:80: 151 of 4000 requests were lost, the budget is 150",
            id="budget 2",
        ),
        pytest.param(
            set_lines("load", slice(5000, 5200), error="timeout"),
            "no answer for 2010 ms, the budget is 2000 ms",
            id="budget 3",
        ),
        pytest.param(
            add_a_run(LAICO2_MAC, 1005.0, 1005.5),
            "holders: 192.0.2.146 was answered for by two hosts at once, laicoz "
            "(02:00:00:00:00:0b) and laico2 (02:00:00:00:00:02), for 0.50 s.",
            id="two holders",
        ),
        pytest.param(
            add_a_run(LAICO2_MAC, 1070.3, 1070.5),
            "holders: 192.0.2.146 was answered for by laico2 (02:00:00:00:00:02), no director.",
            id="no director",
        ),
        pytest.param(
            keep_the_vip,
            "holders: 192.0.2.146 was expected to be held at the end by "
            "laicoz, the observer saw laicoy (02:00:00:00:00:0c).",
            id="kept",
        ),
        pytest.param(
            lambda story: story.data["runs"].clear(),
            "held first by laicoz, the observer saw nobody",
            id="nobody",
        ),
        pytest.param(
            lambda story: story.record["failures"].append("laico2 did not come back."),
            "laico2 did not come back.",
            id="the play's own",
        ),
    ],
)
def test_each_expectation_can_fail(
    story: Any, break_it: Callable[[Any], None], sentence: str
) -> None:
    break_it(story)
    report = story.report()
    assert report["verdict"] == "failed"
    assert any(sentence in failure for failure in report["failures"]), report["failures"]


def test_150_lost_in_stage_2_are_within_the_budget(story: Any) -> None:
    set_lines("load", slice(0, 150), error="timeout")(story)
    assert story.report()["verdict"] == "passed"


def test_own_budgets_count(story: Any) -> None:
    story.setup["budgets"] = {"3": {"gap_ms": 1000}, "stage 1": {"lost": 1}}
    set_lines("stage1", slice(3, 4), error="refused")(story)
    (failure,) = story.report()["failures"]
    assert "stage 3" in failure
    assert "the budget is 1000 ms" in failure


def test_refusal_is_a_verdict_of_its_own(story: Any) -> None:
    story.record["refusal"] = "refused, for there is other traffic."
    report = story.report()
    assert report["verdict"] == "refused"
    assert report["failures"] == ["refused, for there is other traffic."]


def test_a_test_that_stopped_early_is_judged_by_what_there_is(story: Any) -> None:
    lose_a_row("5")(story)
    story.record["looks"] = {"5": story.record["looks"]["5"]}
    story.record.update(weights={}, marks={"start": 1000.0})
    story.data.update(stage1=[], load=[], weights=[])
    story.data["runs"] = story.data["runs"][:1]
    report = story.report()
    assert list(report["figures"]) == ["5"]
    assert len(report["failures"]) == 1
    assert [stage["requests"] for stage in report["stages"]] == [0, 0, 0]


def test_a_late_client_is_told(story: Any) -> None:
    story.data["load"][0][10]["late_ms"] = 80.0
    assert "late by up to 80 ms" in story.report()["notes"][0]


def test_report_for_people_has_all(story: Any) -> None:
    lose_a_row("9")(story)
    report = story.report()
    text = markdown(report)
    assert text.count("## Figure") == 8
    assert "Figure 9: the real server is back on laicoz: NOT as expected" in text
    assert "- 192.0.2.2:80 is missing" in text
    assert "| stage 3 | 192.0.2.146:80 | 4000 | 120 | 1210 ms |" in text
    assert "| 70.0 | laicoz | power off |" in text
    assert "](failure_test.svg)" in text
    assert (
        stage_table(report).splitlines()[0]
        == "stage    service         requests  lost  longest gap"
    )


def test_report_keeps_its_schema(story: Any) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validate(story.report(), schema)
    del schema["properties"]["verdict"]["enum"][0]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(story.report(), schema)
