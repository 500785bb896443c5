# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is what a guest reports of a pair as it should be? Pure: every deviation is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.integration.modules.pairs import Name, Pair, Table, fewest_writes, wanted
from tests.integration.modules.pairs_coverage import is_working
from tests.integration.modules.pairs_printer import proc_name, rules, saved, thresholds

Result = dict[str, Any]


def faults(pair: Pair, result: Result) -> list[str]:
    if "error" in result:
        return [f"refused: {result['error']}"]
    return [*_of_tables(pair, result), *_of_steps(pair, result), *_of_the_way(pair, result)]


def _of_tables(pair: Pair, result: Result) -> Iterator[str]:
    end = wanted(pair)
    if result["start"] != saved(pair.before):
        yield f"ipvsadm itself began with {result['start']}"
    if result["saved"] != saved(end):
        yield f"ipvsadm shows {_difference(result['saved'], saved(end))}"
    if "thresholds" in result and _threshold_rows(result["thresholds"]) != thresholds(end):
        yield f"ipvsadm shows thresholds {result['thresholds']}"


def _threshold_rows(lines: list[str]) -> list[list[str]]:
    rows = [line.split() for line in lines if line.startswith("  -> ") and "Remote" not in line]
    return sorted(words[1:4] for words in rows)


def _difference(here: list[str], there: list[str]) -> str:
    more = [line for line in here if line not in there]
    less = [line for line in there if line not in here]
    return f"{more or here} instead of {less or there}"


def _of_steps(pair: Pair, result: Result) -> Iterator[str]:
    end = wanted(pair)
    for step in result["steps"]:
        predicted, done = step["predicted"], step["done"]
        if predicted["writes"]:
            yield f"check mode wrote {predicted['writes']} times"
        if predicted["operations"] != done["operations"]:
            yield f"check mode predicted {predicted['operations']}, done was {done['operations']}"
        if done["writes"] != len(done["operations"]):
            yield f"{done['writes']} writes for {done['operations']}"
        if pair.way != "each" and sorted(predicted["after"]) != sorted(rules(end)):
            yield f"check mode showed {_difference(predicted['after'], rules(end))}"
    writes = sum(step["done"]["writes"] for step in result["steps"])
    if writes != fewest_writes(pair.before, end):
        yield f"{writes} writes where {fewest_writes(pair.before, end)} do"
    for again in result["again"]:
        if again["operations"] or again["writes"]:
            yield f"a second run: {again['writes']} writes, {again['operations']}"


def _of_the_way(pair: Pair, result: Result) -> Iterator[str]:
    """Only a whole table is one plan; the order of single tasks is their user's."""
    names = {proc_name(name) for name in _working_throughout(pair.before, wanted(pair))}
    for step in result["steps"]:
        for count, state in enumerate(step["done"]["trace"]):
            for name in names.intersection(state["idle"]):
                what = "no server" if name in state["empty"] else "no server of weight"
                done = step["done"]["operations"][: count + 1]
                yield f"{name} had {what} after {done}"


def _working_throughout(before: Table, after: Table) -> list[Name]:
    """/proc/net/ip_vs does not tell the families of a mark: one that is in both is left out."""
    marks = [name.mark for name in {*before, *after} if name.mark]
    return [
        name
        for name in before.keys() & after.keys()
        if is_working(before[name]) and is_working(after[name]) and marks.count(name.mark) < 2
    ]
