# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the README is made of a run's report, which stands beside it.

Anew, after a run: `make demo`, copy report/failure_test.json and .svg to docs/images.
"""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.picture import picture
from tests.repo import doc_pages, tree

IMAGES = tree.ROOT / "docs" / "images"
REPORT = json.loads((IMAGES / "failure_test.json").read_text(encoding="utf-8"))


def test_the_report_is_a_whole_one() -> None:
    schema = json.loads((tree.ROOT / "docs/reference/report.schema.json").read_text("utf-8"))
    jsonschema.validate(REPORT, schema)
    assert REPORT["verdict"] == "passed"
    assert [event["what"] for event in REPORT["events"]] == ["power off", "power on"] * 2


def test_the_picture_is_made_of_it() -> None:
    drawn = (IMAGES / "failure_test.svg").read_text(encoding="utf-8")
    assert drawn == picture(REPORT)


def test_the_readme_shows_it_before_anything_else_is_told() -> None:
    text = doc_pages.read("README.md")
    before, _picture, after = text.partition("](docs/images/failure_test.svg)")
    assert after
    assert "make demo" in before
    assert "make test" in before
    assert "## " not in before
