# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is supported is said once, in tests/matrix.yml; each file that repeats it says the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.repo import tree
from tests.repo.matrix import Core, find_python, matrix

WORKFLOW = ".github/workflows/ci.yml"
OLDEST_CORE = matrix().cores[0]
OLDEST_HOST = matrix().hosts[0]
# The Python that `make setup` wants at least, and Debian 12 has.
WORKBENCH = "3.11"


def text(path: str) -> str:
    return (tree.ROOT / path).read_text(encoding="utf-8")


def workflow() -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load(text(WORKFLOW))
    read["on"] = read.pop(True)  # a word of YAML 1.1
    return read


def steps() -> list[dict[str, Any]]:
    return [step for job in workflow()["jobs"].values() for step in job["steps"]]


def test_ci_runs_each_core_on_its_newest_python() -> None:
    included = workflow()["jobs"]["core"]["strategy"]["matrix"]["include"]
    wanted = [{"core": core.core, "python": core.control[-1]} for core in matrix().cores]
    assert included == wanted


def test_ci_runs_for_each_change_each_release_and_each_week() -> None:
    when = workflow()["on"]
    assert "pull_request" in when
    assert re.fullmatch(when["push"]["tags"][0].replace(".", r"\."), "12.0.1")
    assert re.fullmatch(r"\d+ \d+ \* \* \d", when["schedule"][0]["cron"])


def test_ci_pins_each_action_and_calls_what_is_there() -> None:
    pinned = re.compile(r"uses: [\w/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$")
    uses = [line for line in text(WORKFLOW).splitlines() if "uses:" in line]
    assert [line for line in uses if not pinned.search(line)] == []
    assert uses
    commands = "\n".join(step.get("run", "") for step in steps())
    paths = re.findall(r"(?:^|\s)((?:\.ci|scripts|tests)/\S+)", commands)
    assert [path for path in paths if not (tree.ROOT / path).is_file()] == []
    targets = re.findall(r"^make (\S+)", commands, flags=re.MULTILINE)
    assert [name for name in targets if f"\n{name}:" not in text("Makefile")] == []
    assert paths
    assert targets


def test_ansible_is_told_the_oldest_core() -> None:
    runtime = yaml.safe_load(text("meta/runtime.yml"))
    assert runtime["requires_ansible"] == f">={OLDEST_CORE.core}.0"
    metas = [path for path in tree.under("roles") if path.parts[2:] == ("meta", "main.yml")]
    told = {yaml.safe_load(text(str(path)))["galaxy_info"]["min_ansible_version"] for path in metas}
    assert told == {OLDEST_CORE.core}
    environment = yaml.safe_load(text("execution-environment.yml"))
    asked = environment["dependencies"]["ansible_core"]["package_pip"]
    assert asked == f"ansible-core>={OLDEST_CORE.core}"


def test_the_oldest_python_of_hosts_is_the_same_everywhere() -> None:
    assert yaml.safe_load(text("tests/config.yml")) == {
        "modules": {"python_requires": f">={OLDEST_HOST}"}
    }
    digits = OLDEST_HOST.replace(".", "")
    assert f'target-version = "py{digits}"' in text("pyproject.toml")
    assert f'python_version = "{OLDEST_HOST}"' in text("pyproject.toml")
    assert f"Python {OLDEST_HOST} or later" in text("plugins/doc_fragments/attributes.py")


def test_the_readme_says_what_is_supported() -> None:
    readme = re.sub(r"\s+", " ", text("README.md"))
    assert f"ansible-core {OLDEST_CORE.core} or later" in readme
    assert f"Python {OLDEST_HOST} or later" in readme


def test_the_workbench_has_the_newest_core_that_its_python_carries() -> None:
    carried = [core for core in matrix().cores if WORKBENCH in core.control]
    assert f"ansible-core=={carried[-1].release}\n" in text("requirements/dev.txt")


@pytest.mark.parametrize("core", matrix().cores, ids=lambda core: core.core)
def test_each_core_is_told_by_a_release_of_its_own(core: Core) -> None:
    assert core.release.startswith(f"{core.core}.")
    assert OLDEST_HOST in core.targets
    assert set(core.control) <= set(matrix().hosts), "a control node is a host too"


def test_this_machine_has_some_of_the_pythons() -> None:
    assert find_python(WORKBENCH)
