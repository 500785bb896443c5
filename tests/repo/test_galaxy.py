# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tarball: what is in it, that it stands alone, and what Galaxy's own tools say of it."""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from tests.repo import tree

# What Ansible asks to be enough: a collection works with these folders alone.
CORE = {"meta", "playbooks", "plugins", "roles"}
TOP_LEVEL = CORE | {
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "RELEASING.md",
    "changelogs",
    "docs",
    "execution-environment.yml",
    "site.yml",
}
PLAYBOOKS = [path.stem for path in tree.under("playbooks", suffix=".yml") if len(path.parts) == 2]
MODULES = [path.stem for path in tree.under("plugins/modules", suffix=".py")]
ROLES = sorted({path.parts[1] for path in tree.under("roles")})
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
    """A folder with the installed tarball, of which only the four folders of CORE are left."""
    target = tmp_path_factory.mktemp("installed")
    argv = ["ansible-galaxy", "collection", "install", "--offline", "-p", target, tarball]
    tree.check(argv, cwd=target, env=alone(target))  # else it finds the checkout, and does nothing
    collection = target / "ansible_collections" / "laico" / "lvs"
    assert {path.name for path in collection.iterdir()} == TOP_LEVEL
    for path in collection.iterdir():
        if path.name not in CORE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
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


def test_installed_playbooks_are_found_and_parsed(installed: Path) -> None:
    inventory = installed / "inventory.yml"
    inventory.write_text(INVENTORY, encoding="utf-8")
    names = [f"laico.lvs.{name}" for name in PLAYBOOKS]
    argv = ["ansible-playbook", "-i", inventory, *names, "--list-tasks"]
    said = tree.check(argv, cwd=installed, env=alone(installed))
    assert [name for name in PLAYBOOKS if f"/lvs/playbooks/{name}.yml\n" not in said] == []


def test_installed_modules_and_roles_are_documented(installed: Path) -> None:
    for kind, names in (("module", MODULES), ("role", ROLES)):
        argv = ["ansible-doc", "--json", "-t", kind, *(f"laico.lvs.{name}" for name in names)]
        said = tree.check(argv, cwd=installed, env=alone(installed))
        found = json.loads(said[said.index("{") :])  # after the warnings
        assert sorted(found) == sorted(f"laico.lvs.{name}" for name in names)


def test_installed_module_brings_the_daemons_from_plugins_alone(installed: Path) -> None:
    root = installed / "on_host"
    options = {"root": str(root)}
    argv = ["ansible", "localhost", "-m", "laico.lvs.lvs_package", "-a", json.dumps(options)]
    python = {"ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    said = tree.check(argv, cwd=installed, env={**alone(installed), **python})
    assert "CHANGED" in said
    help_argv = [sys.executable, "-m", "laico_lvs.ldirectord", "--help"]
    said = tree.check(help_argv, cwd=installed, env={"PYTHONPATH": str(root / "current")})
    assert "--config" in said


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
