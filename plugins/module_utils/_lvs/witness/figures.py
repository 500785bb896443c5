# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paper's figures: each table as wanted and as seen, and what is different. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .plan import stage_of
from .tables import Wanted, compare, join_port, parse_table, render

Json = dict[str, Any]
TITLES = {
    "5": "all real servers, idle",
    "6": "after fifteen requests",
    "held": "a connection held open",
    "weights": "a round of wrr with weights 2, 3, 4 ...",
    "8": "a real server is off",
    "9": "the real server is back",
    "10": "the standby while the other director serves",
    "12": "the standby has taken over",
    "round": "a round of requests after the takeover",
    "13": "the director that was off is back",
    "14": "the other director then",
}


@dataclass(frozen=True)
class Figure:
    """One figure; ``problems`` in a few words each, [] when it is as expected."""

    key: str
    stage: str
    host: str
    expected: str
    table: str
    problems: Sequence[str] = ()
    summary: str = ""
    waited_s: float | None = field(default=None)

    @property
    def is_ok(self) -> bool:
        """Whether all was as expected."""
        return not self.problems

    @property
    def title(self) -> str:
        """The figure's name in words."""
        name = self.key.split(" ", 1)[0]
        words = f"Figure {self.key}" if name.isdigit() else name.capitalize()
        return f"{words}: {TITLES[name]}"

    @property
    def sentence(self) -> str:
        """The failed expectation: stage, figure, what was expected and what was seen."""
        name = self.key.split(" ", 1)[0]
        what = f"figure {self.key}" if name.isdigit() else TITLES[name]
        where = f" on {self.host}" if self.host else ""
        return (
            f"{self.stage}, {what}{where}: expected {self.summary or self.expected}; "
            f"seen: {'; '.join(self.problems)}."
        )

    def as_json(self) -> Json:
        """The figure as the report has it."""
        return {
            "title": self.title,
            "stage": self.stage,
            "host": self.host,
            "expected": self.expected,
            "table": self.table,
            "ok": self.is_ok,
            "problems": list(self.problems),
            "waited_s": self.waited_s,
        }


def judge_figures(plan: Json, record: Json) -> dict[str, Figure]:
    """Judge every look of the record by the plan's own words, not by what the look itself said."""
    looks = record.get("looks", {})
    found = {}
    for step, planned in plan["steps"].items():
        for look, result in zip(planned, looks.get(step, [])):
            for figure in look["figures"]:
                found[figure["key"]] = _judge_figure(figure, look, read_result(result))
    if record.get("weights"):
        found["weights"] = _judge_weights(plan["weights"], read_result(record["weights"]))
    return found


def read_result(result: Mapping[str, Any]) -> Json:
    """Read what Ansible registered of a command that prints JSON; ``error`` where it did not."""
    try:
        answer = json.loads(str(result.get("stdout") or ""))
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    why = result.get("stderr") or result.get("msg") or "it answered nothing"
    return {"error": f"it could not be looked at ({str(why).strip().splitlines()[-1]})"}


def _judge_figure(figure: Json, look: Json, seen: Json) -> Figure:
    wanted = [Wanted(**one) for one in figure["wanted"]]
    within = look["question"]["timeout_s"]
    problems = [str(seen["error"])] if seen.get("error") else list(_problems(figure, wanted, seen))
    return Figure(
        figure["key"],
        stage_of(figure["key"]),
        look["host"],
        render(wanted),
        str(seen.get("table", "")),
        problems,
        f"{_summary(figure, wanted)} within {within:g} s",
        seen.get("waited_s"),
    )


def _problems(figure: Json, wanted: Sequence[Wanted], seen: Mapping[str, Any]) -> Iterator[str]:
    table = parse_table(str(seen["table"]))
    for one in wanted:
        yield from compare(one, table)
    for address in figure.get("holds", []):
        if address not in seen["addresses"]:
            yield f"it does not hold {address}"
    for address in figure.get("lacks", []):
        if address in seen["addresses"]:
            yield f"it holds {address}"


def _summary(figure: Json, wanted: Sequence[Wanted]) -> str:
    words = []
    for one in wanted:
        if one.is_absent:
            words.append(f"no row of {one.service}")
        else:
            words.append(f"{one.service} {one.scheduler} with {', '.join(one.weights)}")
    words += [f"{address} held" for address in figure.get("holds", [])]
    words += [f"{address} not held" for address in figure.get("lacks", [])]
    return ", ".join(words)


def _judge_weights(plan: Json, seen: Json) -> Figure:
    shares = {
        join_port(address, 0): int(weight) for address, weight in plan["weights"].items()
    }  # a mark's rows have port 0
    wanted = Wanted(
        f"FWM {plan['mark']}",
        scheduler="wrr",
        forward={"direct": "Route", "masquerade": "Masq", "tunnel": "Tunnel"}[plan["forward"]],
        weights=shares,
        shares=shares,
    )
    table = str(seen.get("table", ""))
    if seen.get("error"):
        problems = [str(seen["error"]).rstrip(".")]
    else:
        problems = compare(wanted, parse_table(table))
    summary = f"{plan['requests']} requests shared {', '.join(map(str, shares.values()))}"
    return Figure(
        "weights", stage_of("weights"), plan["host"], render([wanted]), table, problems, summary
    )
