# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of a report: what is in it stands where and as large as the report says."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness import picture as drawn

SVG = "{http://www.w3.org/2000/svg}"
PLOT = drawn.WIDTH - drawn.LEFT - drawn.RIGHT
STAGE = {
    "name": "stage 3",
    "service": "192.0.2.146:80",
    "requests": 2529,
    "lost": 87,
    "longest_gap_ms": 884.2,
}


def report(**changes: Any) -> dict[str, Any]:
    """A hundred seconds: one holder for sixty, another from the sixty-first."""
    return {
        "cluster": "laico",
        "verdict": "passed",
        "started_at": 0.0,
        "stages": [STAGE],
        "holders": [run("laicoz", 0, 60), run("laicoy", 61, 100)],
        "events": [{"t": 60.0, "host": "laicoz", "what": "power off"}],
        "losses": [{"t": 60.1}] * 10 + [{"t": 60.6}] * 40,
        **changes,
    }


def run(host: str, from_s: float, to_s: float, vip: str = "192.0.2.146") -> dict[str, Any]:
    return {"vip": vip, "mac": "02:00:00:00:00:0b", "host": host, "from_s": from_s, "to_s": to_s}


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)


def bars(root: ET.Element) -> dict[str, ET.Element]:
    """What hovering tells -> the bar."""
    found = {}
    for box in root.iter(f"{SVG}rect"):
        title = box.find(f"{SVG}title")
        if title is not None:
            found[str(title.text)] = box
    return found


def number(box: ET.Element, name: str) -> float:
    return float(box.attrib[name])


def texts(root: ET.Element) -> list[str]:
    return [str(text.text) for text in root.iter(f"{SVG}text")]


def test_each_holder_stands_from_when_to_when_it_answered() -> None:
    found = bars(parse(drawn.picture(report())))
    first = found["laicoz answered from 0 s to 60 s"]
    second = found["laicoy answered from 61 s to 100 s"]
    assert number(first, "x") == drawn.LEFT
    assert number(first, "width") == 0.6 * PLOT
    assert number(second, "x") - number(first, "x") == 0.61 * PLOT
    assert first.attrib["fill"] != second.attrib["fill"]


def test_losses_are_counted_by_half_seconds() -> None:
    found = bars(parse(drawn.picture(report())))
    few, many = found["10 lost from 60.0 s to 60.5 s"], found["40 lost from 60.5 s to 61.0 s"]
    assert number(many, "height") == 4 * number(few, "height")
    assert sum("lost from" in told for told in found) == 2


def test_stages_events_and_verdict_are_told() -> None:
    said = texts(parse(drawn.picture(report())))
    assert "Failure test of laico: passed" in said
    assert "laicoz power off" in said
    assert any("2529 requests, 87 lost, no answer for 884 ms" in words for words in said)


def test_whoever_is_no_known_host_is_drawn_in_red() -> None:
    holders = [run("laicoz", 0, 60), run("", 50, 60)]
    found = bars(parse(drawn.picture(report(holders=holders))))
    stranger = found["02:00:00:00:00:0b answered from 50 s to 60 s"]
    assert stranger.attrib["fill"] == drawn.UNKNOWN


def test_each_address_has_a_lane_of_its_own() -> None:
    holders = [run("laicoz", 0, 60), run("laicoy", 0, 60, "2001:db8::146")]
    root = parse(drawn.picture(report(holders=holders)))
    tops = [number(box, "y") for told, box in bars(root).items() if "answered" in told]
    assert tops[1] - tops[0] == drawn.LANE
    assert {"192.0.2.146", "2001:db8::146"} <= set(texts(root))


def test_a_refused_test_has_a_picture_too() -> None:
    nothing = report(verdict="refused", stages=[], holders=[], events=[], losses=[])
    assert "Failure test of laico: refused" in texts(parse(drawn.picture(nothing)))


def test_names_cannot_break_the_picture() -> None:
    holders = [run("<a&b>", 0, 60)]
    found = bars(parse(drawn.picture(report(cluster="<&>", holders=holders))))
    assert "<a&b> answered from 0 s to 60 s" in found
