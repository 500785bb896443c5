# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one picture (SVG): who answered for each address, what was lost, what was done.

``python3 -m laico_lvs.witness.picture <failure_test.json >failure_test.svg``. Nothing is smoothed:
bars are counts of lost requests in half a second each, gaps between holders are as observed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

Json = Mapping[str, Any]

WIDTH, LEFT, RIGHT = 900, 130, 20
EVENTS_Y, LANES_Y, LANE, BARS = 66, 92, 34, 90
BIN_S = 0.5
TICKS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
COLOURS = ("#3b6ea8", "#d08a2e", "#5a9367", "#8a5a9e")
UNKNOWN = "#b03030"  # who is no known host should not have answered
LOST = "#b03030"
INK, FAINT = "#222222", "#bbbbbb"


def picture(report: Json) -> str:
    """Give the picture as SVG; the report is that of judge.py."""
    scale = _Scale(_end_s(report))
    vips = list(dict.fromkeys(str(run["vip"]) for run in report["holders"]))
    bars_y = LANES_Y + LANE * len(vips) + BARS
    height = bars_y + 50 + 18 * len(report["stages"])
    parts = [
        *_title(report),
        *_events(report["events"], scale, bars_y),
        *_lanes(report["holders"], vips, scale),
        *_bars(report["losses"], scale, bars_y),
        *_axis(scale, bars_y),
        *_stages(report["stages"], bars_y + 50),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" fill="{INK}">'
    )
    background = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, background, *parts, "</svg>"]) + "\n"


class _Scale:
    """Seconds since the test began -> pixels from the left."""

    def __init__(self, end_s: float) -> None:
        self.end_s = end_s

    def x(self, seconds: float) -> float:
        return LEFT + max(0.0, seconds) * (WIDTH - LEFT - RIGHT) / self.end_s

    def width(self, from_s: float, to_s: float) -> float:
        return self.x(to_s) - self.x(from_s)


def _end_s(report: Json) -> float:
    times = [run["to_s"] for run in report["holders"]]
    times += [one["t"] for one in (*report["events"], *report["losses"])]
    return max(1.0, *times) if times else 1.0


def _text(x: float, y: float, words: str, **style: str) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'


def _bar(x: float, y: float, width: float, height: float, colour: str, told: str) -> str:
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'{box} fill="{colour}"><title>{escape(told)}</title></rect>'


def _line(x: float, from_y: float, to_y: float) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{from_y:.1f}" x2="{x:.1f}" y2="{to_y:.1f}" '
        f'stroke="{FAINT}" stroke-dasharray="3 3"/>'
    )


def _title(report: Json) -> Iterator[str]:
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(report["started_at"]))
    words = f"Failure test of {report['cluster']}: {report['verdict']}"
    yield _text(LEFT, 24, words, font_size="17", font_weight="bold")
    yield _text(WIDTH - RIGHT, 24, at, text_anchor="end")


def _events(events: Sequence[Json], scale: _Scale, bottom: float) -> Iterator[str]:
    """What the test did, on two rows by turns, so that neighbours do not write over each other."""
    for number, event in enumerate(events):
        x, y = scale.x(event["t"]), EVENTS_Y - 16 * (number % 2)
        yield _line(x, y + 4, bottom)
        yield _text(x, y, f"{event['host']} {event['what']}", text_anchor="middle")


def _lanes(holders: Sequence[Json], vips: Sequence[str], scale: _Scale) -> Iterator[str]:
    names = list(dict.fromkeys(str(run["host"]) for run in holders if run["host"]))
    colours = dict(zip(names, COLOURS))
    for number, vip in enumerate(vips):
        y = LANES_Y + LANE * number
        yield _text(LEFT - 8, y + 15, vip, text_anchor="end")
        for run in (run for run in holders if run["vip"] == vip):
            yield from _run(run, y, scale, colours.get(str(run["host"]), UNKNOWN))


def _run(run: Json, y: float, scale: _Scale, colour: str) -> Iterator[str]:
    x, width = scale.x(run["from_s"]), scale.width(run["from_s"], run["to_s"])
    who = str(run["host"]) or str(run["mac"])
    told = f"{who} answered from {run['from_s']} s to {run['to_s']} s"
    yield _bar(x, y, max(1.0, width), 22, colour, told)
    if width > 8 * len(who):
        yield _text(x + width / 2, y + 15, who, text_anchor="middle", fill="#ffffff")


def _bars(losses: Iterable[Json], scale: _Scale, bottom: float) -> Iterator[str]:
    counts = Counter(int(loss["t"] // BIN_S) for loss in losses)
    most = max([*counts.values(), 1])
    yield _text(LEFT - 8, bottom - BARS + 26, "requests lost", text_anchor="end")
    yield _text(LEFT - 8, bottom - BARS + 42, f"(most: {most} in {BIN_S} s)", text_anchor="end")
    for place, count in sorted(counts.items()):
        since = place * BIN_S
        height = (BARS - 20) * count / most
        width = max(1.0, scale.width(since, since + BIN_S))
        told = f"{count} lost from {since} s to {since + BIN_S} s"
        yield _bar(scale.x(since), bottom - height, width, height, LOST, told)


def _axis(scale: _Scale, y: float) -> Iterator[str]:
    step = next((step for step in TICKS_S if scale.end_s / step <= 14), TICKS_S[-1])
    yield f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="{INK}"/>'
    for seconds in range(0, int(scale.end_s) + 1, step):
        yield _text(scale.x(seconds), y + 16, f"{seconds} s", text_anchor="middle")


def _stages(stages: Sequence[Json], y: float) -> Iterator[str]:
    for number, stage in enumerate(stages):
        words = (
            f"{stage['name']}, {stage['service']}: {stage['requests']} requests, "
            f"{stage['lost']} lost, no answer for {stage['longest_gap_ms']:.0f} ms at the longest"
        )
        yield _text(LEFT, y + 18 * number, words)


def main() -> int:
    """Read a report on standard input, write its picture on standard output."""
    sys.stdout.write(picture(json.load(sys.stdin)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
