# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: what was expected against what was recorded, one sentence for each difference. Pure.

``setup`` is what the play knew, ``plan`` what plan.py made of it, ``record`` what the play saw
(looks by step, times of the stages, events, its own failures), ``data`` what the instruments wrote:
``{"stage1": [lines of each client], "load": [...], "weights": lines, "runs": runs, "neighbours":
{mac: address}}``. The report is JSON-ready: docs/reference/report.schema.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import requests
from .figures import Figure, judge_figures
from .holders import find_gaps, find_overlaps, first_and_last
from .plan import REQUESTS, parse_seconds, stage_of

PASSED, FAILED, REFUSED = "passed", "failed", "refused"
MAX_LOSSES = 2000
LATE_MS = 50.0
Json = dict[str, Any]


class Judge:
    """One run's verdict; ``report()`` gives the whole."""

    def __init__(self, setup: Json, plan: Json, record: Json, data: Json) -> None:
        """Everything is already recorded; nothing here looks at the world."""
        self._setup, self._plan, self._record, self._data = setup, plan, record, data
        self._start = float(record["marks"]["start"])
        self._failures: list[str] = []

    def report(self) -> Json:
        """Give the report, with the verdict and its sentences."""
        figures = judge_figures(self._plan, self._record)
        stages = [stage for client in self._clients() for stage in self._stages(*client)]
        figures.update(self._rounds())
        self._failures = [
            *self._record.get("failures", []),
            *(figure.sentence for figure in figures.values() if not figure.is_ok),
            *self._over_budget(stages),
            *self._weights_lost(),
            *self._holders_wrong(),
        ]
        refusal = str(self._record.get("refusal", ""))
        return {
            "verdict": REFUSED if refusal else FAILED if self._failures else PASSED,
            "cluster": self._setup["cluster_name"],
            "failures": [refusal] if refusal else self._failures,
            "notes": list(self._notes(stages)),
            "started_at": self._start,
            "stages": stages,
            "figures": {key: figure.as_json() for key, figure in _in_order(figures)},
            "holders": self._holders(),
            "events": self._events(),
            "losses": self._losses(),
        }

    # ---- stages -----------------------------------------------------------------------------

    def _clients(self) -> Iterator[tuple[int, Json]]:
        yield from enumerate(self._plan["clients"])

    def _stages(self, number: int, client: Json) -> Iterator[Json]:
        marks = self._record["marks"]
        never = float("inf")
        yield self._stage("stage 1", client, self._lines("stage1", number))
        second, third = marks.get("stage 2", never), marks.get("stage 3", never)
        load = self._lines("load", number)
        yield self._stage("stage 2", client, requests.in_time(load, second, third))
        yield self._stage("stage 3", client, requests.in_time(load, third, never))

    def _stage(self, name: str, client: Json, lines: requests.Lines) -> Json:
        return {
            "name": name,
            "service": client["service"],
            "requests": len(lines),
            "lost": requests.count_lost(lines),
            "longest_gap_ms": round(requests.longest_gap_s(lines) * 1000, 1),
            "per_server": requests.count_servers(lines),
            "errors": requests.count_errors(lines),
            "budget": self._budget(name, client),
            "client_max_late_ms": round(requests.max_late_ms(lines), 1),
        }

    def _lines(self, kind: str, number: int) -> requests.Lines:
        files = self._data.get(kind, [])
        lines = files[number] if number < len(files) else []
        return requests.in_time(lines, float("-inf"), float("inf"))

    def _budget(self, stage: str, client: Json) -> Json:
        """The issue's defaults, and over them what ``failure_test_budgets`` says of the stage."""
        setup = self._setup
        check_s = parse_seconds(setup["checkinterval"]) + parse_seconds(setup["checktimeout"])
        check_s *= max(1, int(setup["failurecount"]))
        share = float(setup["rate"]) / max(1, len(client["servers"]))
        defaults: dict[str, Json] = {
            "stage 1": {"lost": 0},
            "stage 2": {"lost": int(share * (check_s + 0.5))},
            "stage 3": {"gap_ms": round((parse_seconds(setup["deadtime"]) + 1) * 1000)},
        }
        given: Json = setup.get("budgets") or {}
        own = given.get(stage) or given.get(stage.rsplit(" ", 1)[-1]) or {}
        return {**defaults[stage], **own}

    def _over_budget(self, stages: Sequence[Json]) -> Iterator[str]:
        for stage in stages:
            where = f"{stage['name']}, {stage['service']}"
            budget = stage["budget"]
            if stage["name"] == "stage 1" and stage["requests"] not in (0, REQUESTS):
                yield f"{where}: {stage['requests']} requests were made, not {REQUESTS}."
            if "lost" in budget and stage["lost"] > int(budget["lost"]):
                yield (
                    f"{where}: {stage['lost']} of {stage['requests']} requests were lost, the "
                    f"budget is {budget['lost']} ({_words(stage['errors'])})."
                )
            if "gap_ms" in budget and stage["longest_gap_ms"] > float(budget["gap_ms"]):
                yield (
                    f"{where}: no answer for {stage['longest_gap_ms']:.0f} ms, the budget is "
                    f"{float(budget['gap_ms']):.0f} ms."
                )

    def _weights_lost(self) -> Iterator[str]:
        lines = self._data["weights"]
        lost = requests.count_lost(lines)
        if lost:
            errors = _words(requests.count_errors(lines))
            yield f"stage 1, wrr: {lost} of {len(lines)} requests were lost ({errors})."

    def _rounds(self) -> dict[str, Figure]:
        """A round of requests after the takeover: the servers differ by at most one."""
        found = {}
        for number, client in self._clients():
            since, until = (self._record["marks"].get(name) for name in ("round", "round end"))
            if since is None or not client["is_even"]:
                continue
            size = REQUESTS - REQUESTS % len(client["servers"]) or len(client["servers"])
            lines = requests.in_time(self._lines("load", number), since, until or float("inf"))
            key = "round" if number == 0 else f"round {client['service']}"
            found[key] = _judge_round(key, client, requests.find_round(lines, size), size)
        return found

    # ---- holders ----------------------------------------------------------------------------

    def _name(self, mac: str) -> str:
        for director in self._setup["directors"]:
            if mac in director["macs"]:
                return str(director["name"])
        address = str(self._data.get("neighbours", {}).get(mac, ""))
        for service in self._setup["cluster"]["services"]:
            for server in service["real_servers"]:
                if server["address"] == address:
                    return str(server["name"])
        return address

    def _label(self, mac: str) -> str:
        return f"{self._name(mac) or 'an unknown host'} ({mac})"

    def _holders(self) -> list[Json]:
        runs = sorted(self._data["runs"], key=lambda run: float(run["first"]))
        return [
            {
                "vip": run["address"],
                "mac": run["mac"],
                "host": self._name(run["mac"]),
                "from_s": round(run["first"] - self._start, 3),
                "to_s": round(run["last"] - self._start, 3),
            }
            for run in runs
        ]

    def _holders_wrong(self) -> Iterator[str]:
        runs = self._data["runs"]
        together: dict[tuple[str, tuple[str, str]], list[float]] = {}
        for overlap in find_overlaps(runs):
            together.setdefault((overlap.address, overlap.macs), []).append(overlap.length_s)
        for (address, macs), lengths in together.items():
            yield (
                f"holders: {address} was answered for by two hosts at once, "
                f"{self._label(macs[0])} and {self._label(macs[1])}, for {sum(lengths):.2f} s."
            )
        directors = {mac for director in self._setup["directors"] for mac in director["macs"]}
        for address, mac in sorted({(run["address"], run["mac"]) for run in runs}):
            if mac not in directors:
                yield f"holders: {address} was answered for by {self._label(mac)}, no director."
        yield from self._holders_unexpected()

    def _holders_unexpected(self) -> Iterator[str]:
        for vip in self._plan["vips"]:
            seen = first_and_last(self._data["runs"], vip["address"])
            is_whole = "end" in self._record["marks"]
            expected = (vip["holders"][0], vip["holders"][2] if is_whole else "")
            for when, host, mac in zip(("first", "at the end"), expected, seen):
                if host and self._name(mac) != host:
                    who = self._label(mac) if mac else "nobody"
                    yield (
                        f"holders: {vip['address']} was expected to be held {when} by {host}, "
                        f"the observer saw {who}."
                    )

    # ---- the rest ---------------------------------------------------------------------------

    def _events(self) -> list[Json]:
        events = sorted(self._record.get("events", []), key=lambda event: float(event["t"]))
        return [{**event, "t": round(float(event["t"]) - self._start, 3)} for event in events]

    def _losses(self) -> list[Json]:
        found = []
        for number, client in self._clients():
            for kind in ("stage1", "load"):
                for line in self._lines(kind, number):
                    if "error" in line:
                        t = round(line["t"] - self._start, 3)
                        found.append({"t": t, "service": client["service"], "error": line["error"]})
        return found[:MAX_LOSSES]

    def _notes(self, stages: Sequence[Json]) -> Iterator[str]:
        late = max((stage["client_max_late_ms"] for stage in stages), default=0.0)
        if late > LATE_MS:
            yield f"the client itself was late by up to {late:.0f} ms: its host is too busy."
        for vip in self._plan["vips"]:
            gaps = [
                after - before for before, after in find_gaps(self._data["runs"], vip["address"])
            ]
            if gaps:
                yield f"nobody answered for {vip['address']} for {max(gaps):.2f} s at the longest."
        for number, client in self._clients():
            if "unknown" in requests.count_servers(self._lines("stage1", number)):
                yield f"the answers of {client['url']} do not name their server."


def _judge_round(key: str, client: Json, window: requests.Lines | None, size: int) -> Figure:
    expected = f"{size} requests in a row, all answered, the servers differ by at most one"
    if window is None:
        problems, text = [f"no {size} requests in a row were all answered"], ""
    else:
        counts = dict.fromkeys(client["servers"], 0)
        counts.update(requests.count_servers(window))
        text = _words(counts)
        is_named = "unknown" not in counts
        is_even = max(counts.values()) - min(counts.values()) <= 1
        problems = [] if is_even or not is_named else [text]
    return Figure(key, stage_of(key), "", expected, text, problems)


def _in_order(figures: Mapping[str, Figure]) -> list[tuple[str, Figure]]:
    order = ["5", "6", "held", "weights", "8", "9", "10", "12", "round", "13", "14"]
    return sorted(figures.items(), key=lambda item: order.index(item[0].split(" ", 1)[0]))


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
