# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run molecule's scenarios on containers whose kernel has IPVS.

    scripts/molecule                      test every scenario
    scripts/molecule test -s default      any words of molecule: converge, login, verify, destroy

The engine is that of $DOCKER_HOST or the local socket if its kernel has IPVS; else a guest of the
lab is started for it. That guest ends when no container is left on it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise

from lab.errors import LabError
from scripts.container_engine import (
    ROOT,
    Engine,
    end_guest,
    is_guest_up,
    local_engine,
    start_guest,
)
from scripts.container_image import Recipe, ensure_image

SCENARIOS = ROOT / "molecule"
FURTHER_IMAGE = re.compile(r"\$\{LAICO_MOLECULE_IMAGE_([A-Z]+)\}")
MOLECULE = str(ROOT / ".venv" / "bin" / "molecule")


def say(text: str) -> None:
    """One line for who waits."""
    print(f"molecule: {text}", flush=True)


def scenarios() -> list[str]:
    """The scenarios there are, the default first."""
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    return sorted(names, key=lambda name: name != "default")


def chosen(words: Sequence[str]) -> list[str]:
    """The scenarios that these words of molecule are about."""
    if not words or "--all" in words:
        return scenarios()
    pairs = pairwise(words)
    return [name for option, name in pairs if option in ("-s", "--scenario-name")] or ["default"]


def recipes(suite: str, names: Sequence[str]) -> dict[str, Recipe]:
    """End of the variable's name -> the image: the plain one, and those that scenarios ask for."""
    files = [SCENARIOS / name / "molecule.yml" for name in names]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    further = sorted({word for text in texts for word in FURTHER_IMAGE.findall(text)})
    return {"": Recipe(suite), **{f"_{word}": Recipe(suite, word.lower()) for word in further}}


def choose_engine(recipe: Recipe) -> Engine:
    """An engine with IPVS, and why it is that one."""
    if is_guest_up():
        say("using the lab's Docker guest, which is up")
        return start_guest(say)
    engine = local_engine()
    if engine is None:
        say("no Docker engine answers here")
    elif engine.has_ipvs(ensure_image(engine, recipe, say)):
        say(f"using {engine.name}, whose kernel has IPVS")
        return engine
    else:
        say(f"{engine.name} has no IPVS in its kernel ('modprobe ip_vs' there would load it)")
    return start_guest(say)


def environment(engine: Engine, images: dict[str, str]) -> dict[str, str]:
    """What molecule and its playbooks find in their environment."""
    tags = {f"LAICO_MOLECULE_IMAGE{name}": tag for name, tag in images.items()}
    return {**os.environ, **engine.environment, **tags}


def run(engine: Engine, images: dict[str, str], words: Sequence[str]) -> int:
    """Run molecule to its end; its exit status."""
    say(f"molecule {' '.join(words)}")
    is_talking = words[:1] == ["login"]
    return subprocess.run(
        engine.argv(MOLECULE, *words),
        cwd=ROOT,
        env=environment(engine, images),
        stdin=None if is_talking else subprocess.DEVNULL,
        check=False,
    ).returncode


def run_all(engine: Engine, images: dict[str, str], names: Sequence[str]) -> int:
    """Test scenario after scenario, and sum up; 1 if one failed."""
    rows = []
    for name in names:
        started = time.monotonic()
        status = run(engine, images, ["test", "-s", name])
        rows.append((name, "passed" if status == 0 else "failed", time.monotonic() - started))
    for name, outcome, took_s in rows:
        say(f"{name:12} {outcome} after {took_s / 60:.1f} min")
    return int(any(outcome == "failed" for dummy, outcome, dummy_s in rows))


def is_over(engine: Engine) -> bool:
    """Whether the guest can go: nothing of a scenario is left on it."""
    try:
        return bool(engine.prefix) and not engine.containers()
    except LabError:
        return True


def main(words: Sequence[str]) -> int:
    """The exit status: molecule's own, or 1 with one sentence."""
    if words[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    suite = os.environ.get("LAICO_MOLECULE_SUITE", "bookworm")
    wanted = recipes(suite, chosen(words))
    engine = None
    try:
        engine = choose_engine(wanted[""])
        images = {name: ensure_image(engine, each, say) for name, each in wanted.items()}
        if words:
            return run(engine, images, list(words))
        return run_all(engine, images, scenarios())
    except LabError as error:
        sys.stderr.write(f"molecule: {error}\n")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    finally:
        if engine is not None and is_over(engine):
            say("ending the lab's Docker guest: no container is left on it")
            end_guest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
