# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report for people: the verdict, the stages, each figure beside what was expected. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
PICTURE = "failure_test.svg"  # picture.py's, written beside
_COLUMNS = ("stage", "service", "requests", "lost", "longest gap")


def stage_table(report: Json) -> str:
    """Give the table of the stages as aligned text."""
    rows = [_COLUMNS, *(_stage_row(stage) for stage in report["stages"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(report: Json) -> str:
    """Give the whole report as Markdown."""
    return "\n".join(_parts(report)) + "\n"


def _parts(report: Json) -> Iterator[str]:
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(report["started_at"]))
    yield f"# Failure test of {report['cluster']}: {report['verdict']}"
    yield f"\nBegun {at}. All times below are seconds since then."
    yield f"\n![Who held the addresses, and what was lost]({PICTURE})"
    yield from _list("What failed", report["failures"])
    yield from _list("Notes", report["notes"])
    yield from _stages(report["stages"])
    for figure in report["figures"].values():
        yield from _figure(figure)
    yield from _holders(report["holders"])
    yield from _events(report["events"])


def _list(title: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield f"\n## {title}\n"
        yield from (f"- {sentence}" for sentence in sentences)


def _stages(stages: Sequence[Json]) -> Iterator[str]:
    yield "\n## Stages\n"
    yield "| stage | service | requests | lost | longest gap | budget | answers | losses |"
    yield "|---|---|---|---|---|---|---|---|"
    for stage in stages:
        cells = [*_stage_row(stage), _words(stage["budget"])]
        cells += [_words(stage["per_server"]), _words(stage["errors"])]
        yield "| " + " | ".join(cells) + " |"


def _stage_row(stage: Json) -> tuple[str, ...]:
    gap = f"{stage['longest_gap_ms']:.0f} ms"
    numbers = (str(stage["requests"]), str(stage["lost"]))
    return (str(stage["name"]), str(stage["service"]), *numbers, gap)


def _figure(figure: Json) -> Iterator[str]:
    mark = "as expected" if figure["ok"] else "NOT as expected"
    where = f" on {figure['host']}" if figure["host"] else ""
    waited = "" if figure["waited_s"] is None else f", after {figure['waited_s']} s"
    yield f"\n## {figure['title']}{where}: {mark}\n"
    yield f"{figure['stage'].capitalize()}{waited}.\n"
    yield from (f"- {problem}" for problem in figure["problems"])
    if figure["problems"]:
        yield ""
    yield from ("Expected:\n", "```text", figure["expected"].rstrip("\n"), "```", "\nSeen:\n")
    yield from ("```text", figure["table"].rstrip("\n") or "(nothing)", "```")


def _holders(holders: Sequence[Json]) -> Iterator[str]:
    yield "\n## Who held the addresses, as seen on the wire\n"
    yield "| address | MAC | host | from | to |"
    yield "|---|---|---|---|---|"
    for run in holders:
        host = run["host"] or "unknown"
        yield f"| {run['vip']} | {run['mac']} | {host} | {run['from_s']} | {run['to_s']} |"


def _events(events: Sequence[Json]) -> Iterator[str]:
    yield "\n## Events\n"
    yield "| time | host | what |"
    yield "|---|---|---|"
    for event in events:
        yield f"| {event['t']} | {event['host']} | {event['what']} |"


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "-"
