# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's community package asks of a collection, as far as files can show it.

Its points by name: tags, code of conduct, communication, versions, execution environment, private
helpers, plugin folders, sanity's exceptions, licences.
"""

from __future__ import annotations

import re

import pytest
import yaml

from tests.repo import tree

# Sanity's findings that may not be excepted, whatever the reason.
NEVER_EXCEPTED = {
    "doc-choices-do-not-match-spec",
    "doc-default-does-not-match-spec",
    "doc-missing-type",
    "doc-required-mismatch",
    "mutually_exclusive-unknown",
    "no-log-needed",
    "nonexistent-parameter-documented",
    "parameter-list-no-elements",
    "parameter-type-not-in-doc",
    "undocumented-parameter",
}
PLUGIN_FOLDERS = {"action", "doc_fragments", "filter", "module_utils", "modules", "plugin_utils"}
WITHOUT_HEADER = {"__init__.py"}  # sanity wants these empty


def text(path: str) -> str:
    return (tree.ROOT / path).read_text(encoding="utf-8")


def section(document: str, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found.group(1)


def test_galaxy_finds_it_and_nothing_else_is_needed() -> None:
    galaxy = yaml.safe_load(text("galaxy.yml"))
    assert {"linux", "networking"} <= set(galaxy["tags"])
    assert galaxy["dependencies"] == {}
    assert galaxy["license"] == ["GPL-3.0-or-later"]
    for link in ("repository", "documentation", "homepage", "issues"):
        assert galaxy[link].startswith("https://")
    assert re.fullmatch(r"\d+\.\d+\.\d+", galaxy["version"])


def test_the_readme_says_how_to_behave_talk_and_count_versions() -> None:
    readme = text("README.md")
    assert "(CODE_OF_CONDUCT.md)" in readme
    assert "(https://semver.org/)" in readme
    assert "(RELEASING.md)" in readme
    talk = section(readme, "Communication")
    assert "https://forum.ansible.com/c/help/6" in talk
    assert re.search(r"tag `[a-z-]+`", talk)
    assert "welcome" in talk
    assert "docs.ansible.com/ansible/latest/community/code_of_conduct" in text("CODE_OF_CONDUCT.md")


def test_the_policy_has_its_parts() -> None:
    policy = text("RELEASING.md")
    for title in ("Versions", "What is supported", "Deprecation", "When", "How"):
        assert section(policy, title).strip()


def requirements(kind: str) -> list[str]:
    named = yaml.safe_load(text("meta/execution-environment.yml"))["dependencies"]
    assert set(named) == {"python", "system"}
    lines = text(named[kind]).splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_capped(line: str) -> bool:
    return re.search(r"[<~]|={2}", line.split("#", maxsplit=1)[0]) is not None


@pytest.mark.parametrize("kind", ["python", "system"])
def test_an_execution_environment_is_told_without_upper_bounds(kind: str) -> None:
    assert [line for line in requirements(kind) if is_capped(line)] == []
    assert [line for line in requirements(kind) if line.startswith("ansible")] == []
    named = yaml.safe_load(text("meta/execution-environment.yml"))["dependencies"]
    assert named[kind].startswith("meta/"), "else it is not there when only the four folders are"


@pytest.mark.parametrize(
    "line", ["a==1", "a<2", "a~=1.0", "a>=1,<2", "a <= 2", "b [platform:rpm <9]"]
)
def test_a_planted_bound_is_seen(line: str) -> None:
    assert is_capped(line)
    assert not is_capped("a>=1.0,!=1.3 # < 2")


def test_helpers_are_private_and_folders_are_known() -> None:
    plugins = [path.parts[1:] for path in tree.python_files("plugins")]
    assert {parts[0] for parts in plugins} == PLUGIN_FOLDERS
    helpers = {parts[1] for parts in plugins if parts[0] in ("module_utils", "plugin_utils")}
    assert [name for name in helpers - WITHOUT_HEADER if not name.startswith("_")] == []
    assert "plugins/module_utils" in section(text("RELEASING.md"), "Versions")


def test_modules_that_only_read_are_named_so() -> None:
    for path in tree.under("plugins/modules", suffix="_info.py"):
        assert "laico.lvs.attributes.info_module" in text(str(path)), path
    named = "choices: [present, absent, get"
    assert [path for path in tree.under("plugins/modules") if named in text(str(path))] == []


def test_sanity_has_no_exception_without_a_reason() -> None:
    assert faults_of_exceptions([text(str(path)) for path in tree.under("tests/sanity")]) == []


def faults_of_exceptions(files: list[str]) -> list[str]:
    lines = [line for content in files for line in content.splitlines() if line]
    return [
        line
        for line in lines
        if not re.fullmatch(r"\S+ \S+(:\S+)? # \w.{9,}", line)
        or line.split()[1].rpartition(":")[2] in NEVER_EXCEPTED
    ]


def test_planted_exceptions_are_seen() -> None:
    good = "plugins/modules/a.py use-argspec-type-path # a list with colons, not one path"
    bare = "plugins/modules/a.py use-argspec-type-path"
    never = "plugins/modules/a.py validate-modules:no-log-needed # it is not secret at all"
    assert faults_of_exceptions([f"{good}\n{bare}\n{never}\n"]) == [bare, never]


def test_each_source_says_its_licence() -> None:
    sources = [*tree.python_files("."), *tree.shell_files(), *tree.under(".", suffix=".sh")]
    silent = [
        str(path)
        for path in sources
        if path.name not in WITHOUT_HEADER
        and "SPDX-License-Identifier: GPL-3.0-or-later" not in text(str(path))[:800]
    ]
    assert silent == []
