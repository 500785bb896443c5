# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-builder finds what the collection needs, and accepts the definition of the image."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.repo import tree
from tests.repo.environments import environment
from tests.repo.matrix import found_pythons, matrix

pytestmark = pytest.mark.tier_ci

BUILDER = "ansible-builder==3.2.0"


@pytest.fixture(scope="module")
def builder() -> Path:
    newest = found_pythons(matrix().cores[0].control)[-1]
    return environment(newest, [BUILDER]) / "ansible-builder"


def test_what_the_control_node_needs_is_found(builder: Path, tmp_path: Path) -> None:
    collection = tmp_path / "ansible_collections" / "laico" / "lvs"
    tree.copy_tree(collection)
    (collection / "MANIFEST.json").write_text("{}", encoding="utf-8")
    written = {kind: tmp_path / kind for kind in ("pip", "bindep")}
    argv = [builder, "introspect", "--sanitize", *(f"--write-{k}={p}" for k, p in written.items())]
    said = tree.check([*argv, tmp_path], cwd=tmp_path)
    assert "openssh-clients [platform:rpm]" in written["bindep"].read_text(encoding="utf-8"), said
    assert not written["pip"].exists() or not written["pip"].read_text(encoding="utf-8").strip()


def test_the_definition_of_the_image_is_accepted(builder: Path, tmp_path: Path) -> None:
    argv = [builder, "create", "--output-filename", "Containerfile"]
    definition = tree.ROOT / "execution-environment.yml"
    tree.check([*argv, "--file", definition, "--context", tmp_path / "context"], cwd=tmp_path)
    recipe = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    assert f"ansible-core>={matrix().cores[0].core}" in recipe
    asked = (tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(asked) == {"collections": [{"name": "laico.lvs"}]}
