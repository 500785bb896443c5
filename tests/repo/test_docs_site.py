# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make docs`: the site is built without the network and without a warning, and has every page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts import build_site
from tests.repo import tree

pytestmark = pytest.mark.tier_test


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a network namespace with nothing in it."""
    folder = tmp_path_factory.mktemp("site")
    argv = ["unshare", "--map-root-user", "--net", sys.executable, "scripts/build_site.py"]
    tree.check([*argv, "--work", folder / "work", "--output", folder / "html"])
    return folder / "html"


def test_it_has_each_hand_written_page(site: Path) -> None:
    pages = [path for path in build_site.pages() if path.suffix == ".md"]
    assert len(pages) > 20
    assert [str(page) for page in pages if not (site / page.with_suffix(".html")).is_file()] == []


def test_it_has_each_module_role_and_filter(site: Path) -> None:
    made = {path.name for path in (site / "collections").glob("*.html")}
    modules = [path.stem for path in tree.under("plugins/modules", suffix=".py")]
    roles = [path.parts[1] for path in tree.under("roles", suffix="argument_specs.yml")]
    wanted = {f"{name}_module.html" for name in modules}
    wanted |= {f"{name}_role.html" for name in roles}
    assert len(roles) >= 5
    assert wanted | {"cluster_filter.html"} <= made


def test_a_module_s_page_tells_its_options_and_examples(site: Path) -> None:
    page = (site / "collections/ipvs_service_module.html").read_text(encoding="utf-8")
    source = tree.ROOT / "plugins/modules/ipvs_service.py"
    text = source.read_text(encoding="utf-8").split('DOCUMENTATION = r"""')[1].split('"""')[0]
    options = yaml.safe_load(text)["options"]
    assert [name for name in options if f"parameter-{name}" not in page] == []
    assert "laico.lvs.ipvs_service" in page


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    """Links may lead out; styles, scripts and pictures come along."""
    found = [
        f"{path.name}: {word}"
        for path in site.rglob("*.html")
        for word in ('src="http', 'rel="stylesheet" href="http', "@import url(http")
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_a_warning_fails(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# One\n\n[away](nowhere.md)\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        build_site.render(source, tmp_path / "doctrees", tmp_path / "html")
