# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every linter over every file it knows."""

from __future__ import annotations

import pytest

from tests.repo import tree

# One package name for what the hosts run, so that no class has two names in mypy's eyes.
ON_HOST_PACKAGE = "ansible_collections.laico.lvs.plugins"


def test_ruff() -> None:
    tree.check(["ruff", "check", "--quiet", "."])


def test_ruff_format() -> None:
    tree.check(["ruff", "format", "--check", "--quiet", "--diff", "."])


def test_mypy_of_what_the_hosts_run() -> None:
    tree.check(["mypy", "-p", ON_HOST_PACKAGE])


def test_mypy_of_the_control_node() -> None:
    tree.check(["mypy", "--python-version", "3.11", *tree.python_files("lab", "scripts", "tests")])


def test_yamllint() -> None:
    tree.check(["yamllint", "--strict", "."])


def test_shellcheck() -> None:
    scripts = tree.shell_files()
    assert scripts, "no shell script found, the list is wrong"
    tree.check(["shellcheck", *scripts])


def test_changelog_fragments() -> None:
    tree.check(["antsibull-changelog", "lint"])


@pytest.mark.tier_test
def test_ansible_lint() -> None:
    tree.check(["ansible-lint", "--offline", "--strict", "-q"], timeout_s=600)
