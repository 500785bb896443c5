# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A director with a real kernel, the monitor as its unit runs it, and web servers beside it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Template

from tests.integration.one_module import run_module

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
PORTS = (8001, 8002, 8003)
UNIT = "lvs-ldirectord"
ASK = """
import json, sys
from laico_lvs.host.control import ask
print(json.dumps(ask("/run/lvs/ldirectord.sock", sys.argv[1], 10.0, **json.loads(sys.argv[2]))))
"""


class Director:
    """The guest ``mdir`` and the web servers at 192.0.2.1."""

    def __init__(self, folder: Path) -> None:
        self.moods = folder / "moods"
        self.moods.mkdir()
        self._reset_at = "0"
        self._environment = {**os.environ, "LAB_DIR": str(folder), "LAB_PYTHON": sys.executable}

    def lab(self, *words: str, given: bytes = b"") -> str:
        done = subprocess.run(
            [str(ROOT / "lab" / "lab"), "--name", "mdev", *words],
            env=self._environment,
            input=given,
            capture_output=True,
            check=False,
        )
        text = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{' '.join(words)}: {text}{done.stderr.decode()}"
        return text

    def run(self, script: str, given: bytes = b"") -> str:
        return self.lab("exec", "mdir", "--", script, given=given)

    def write(self, path: str, text: str) -> None:
        self.run(f"mkdir -p $(dirname {path}) && cat > {path}", text.encode())

    def install(self) -> None:
        """Put the package and the unit where the roles put them."""
        place = "/usr/local/lib/laico_lvs/test"
        script = f"mkdir -p {place}/laico_lvs && tar x -C {place}/laico_lvs"
        self.run(f"{script} && ln -sfn test /usr/local/lib/laico_lvs/current", _package())
        template = ROOT / "roles" / "ldirectord" / "templates" / f"{UNIT}.service.j2"
        self.write(f"/etc/systemd/system/{UNIT}.service", Template(template.read_text()).render())
        self.run("systemctl daemon-reload")

    def set_mood(self, **moods: str) -> None:
        for name, mood in moods.items():
            (self.moods / name.lstrip("p")).write_text(mood)

    @contextlib.contextmanager
    def webs(self) -> Iterator[None]:
        words = [sys.executable, str(HERE / "web.py"), str(self.moods), "192.0.2.1"]
        process = subprocess.Popen(
            [str(ROOT / "lab" / "lab"), "--name", "mdev", "enter", "--", *words, *map(str, PORTS)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)

    def saved(self) -> list[str]:
        """The kernel's table in ipvsadm's words, sorted."""
        return sorted(self.run("ipvsadm -Sn").split("\n")[:-1])

    def until(self, expected: list[str], within_s: float = 8.0) -> None:
        self.until_true(lambda: self.saved() == sorted(expected), f"table {expected}", within_s)

    def until_true(self, is_true: Callable[[], bool], what: str, within_s: float = 8.0) -> None:
        deadline = time.monotonic() + within_s
        while not is_true():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within_s} s: {what}; seen: {self.saved()}")
            time.sleep(0.1)

    def log(self) -> str:
        return self.run(f"journalctl -u {UNIT} -o cat --no-pager --since @{self._reset_at}")

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        environment = "PYTHONPATH=/usr/local/lib/laico_lvs/current"
        script = f"{environment} python3 - {verb} '{json.dumps(fields)}'"
        answer: dict[str, Any] = json.loads(self.run(script, ASK.encode()))
        return answer

    def module(self, name: str, /, *flags: str, **options: Any) -> dict[str, Any]:
        """One module's result by ansible, as an operator would run it."""
        inventory = Path(self._environment["LAB_DIR"]) / "mdev" / "inventory.yml"
        return run_module(str(inventory), "mdir", name, flags, options)

    def reset(self) -> None:
        """As before the first start: no unit, no table, no record, no files."""
        self.run(
            f"systemctl stop {UNIT}; systemctl reset-failed {UNIT} 2>/dev/null;"
            " modprobe ip_vs; ipvsadm -C; rm -rf /run/lvs/* /var/lib/lvs/* /etc/ha.d"
        )
        self._reset_at = self.run("date +%s.%N").strip()
        self.set_mood(**{f"p{port}": "good" for port in PORTS})


def _package() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        folder = ROOT / "plugins" / "module_utils" / "_lvs"
        for path in sorted(folder.rglob("*.py")):
            archive.add(path, str(path.relative_to(folder)))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Director]:
    director = Director(tmp_path_factory.mktemp("mdev"))
    director.lab("up", str(HERE / "mdev.yml"))
    try:
        director.install()
        with director.webs():
            yield director
    finally:
        director.lab("down")


@pytest.fixture
def director(guest: Director) -> Director:
    guest.reset()
    return guest
