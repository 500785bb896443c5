# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tarball: what is in it, that it stands alone, and what Galaxy's own tools say of it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import yaml

from tests.repo import tree

TOP_LEVEL = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "meta",
    "playbooks",
    "plugins",
    "roles",
    "site.yml",
}
INVENTORY = """\
lvs_directors:
  hosts:
    one: {ansible_host: 192.0.2.11}
    two: {ansible_host: 192.0.2.12}
lvs_realservers:
  hosts:
    three: {ansible_host: 192.0.2.13}
"""


def members(tarball: Path) -> list[str]:
    with tarfile.open(tarball) as archive:
        return archive.getnames()


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    tree.check(["ansible-galaxy", "collection", "build", "--output-path", target, tree.ROOT])
    return next(target.glob("laico-lvs-*.tar.gz"))


@pytest.fixture(scope="session")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed tarball and nothing else of this checkout."""
    target = tmp_path_factory.mktemp("installed")
    argv = ["ansible-galaxy", "collection", "install", "--offline", "-p", target, tarball]
    tree.check(argv, cwd=target, env=alone(target))  # else it finds the checkout, and does nothing
    assert (target / "ansible_collections" / "laico" / "lvs" / "MANIFEST.json").is_file()
    return target


def alone(installed: Path) -> dict[str, str]:
    configuration = installed / "ansible.cfg"
    configuration.touch()
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "ANSIBLE_CONFIG": str(configuration),
    }


def test_tarball_holds_what_an_operator_needs_and_no_more(tarball: Path) -> None:
    assert {name.split("/")[0] for name in members(tarball)} == TOP_LEVEL


def test_tarball_holds_committed_files_only(tarball: Path) -> None:
    known = {str(path) for path in tree.files()} | {"FILES.json", "MANIFEST.json"}
    with tarfile.open(tarball) as archive:
        stray = [member.name for member in archive if member.isfile() and member.name not in known]
    assert stray == []


@pytest.mark.parametrize(
    "playbook", ["site", "virtual_server", "failure_test", "handover", "rotate_keys"]
)
def test_installed_playbook_is_found_and_parsed(installed: Path, playbook: str) -> None:
    inventory = installed / "inventory.yml"
    inventory.write_text(INVENTORY, encoding="utf-8")
    argv = ["ansible-playbook", "-i", inventory, f"laico.lvs.{playbook}", "--syntax-check"]
    assert f"{playbook}.yml" in tree.check(argv, cwd=installed, env=alone(installed))


def test_installed_modules_and_roles_are_documented(installed: Path) -> None:
    group = yaml.safe_load((tree.ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    modules = [f"laico.lvs.{name}" for name in group["action_groups"]["lvs"]]
    text = tree.check(
        ["ansible-doc", "-t", "module", *modules], cwd=installed, env=alone(installed)
    )
    assert [name for name in modules if name not in text] == []
    roles = tree.check(
        ["ansible-doc", "-t", "role", "-l", "laico.lvs"], cwd=installed, env=alone(installed)
    )
    assert "laico.lvs.heartbeat" in roles


@pytest.mark.tier_test
def test_documentation_lint(installed: Path) -> None:
    argv = ["antsibull-docs", "lint-collection-docs", "--plugin-docs"]
    folder = tree.COLLECTIONS / "ansible_collections" / "laico" / "lvs"
    tree.check([*argv, "--validate-collection-refs=all", "."], cwd=folder)


@pytest.mark.tier_test
def test_galaxy_importer(tarball: Path, tmp_path: Path) -> None:
    said = tree.check(["python", "-m", "galaxy_importer.main", tarball], cwd=tmp_path)
    faults = [line for line in said.splitlines() if line.startswith(("ERROR", "WARNING"))]
    assert faults == []
