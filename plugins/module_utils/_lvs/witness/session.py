# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failure test's hand on the client host: one call a step, JSON in and JSON out.

    begin     setup on standard input: makes the run's folder, starts the observers, gives the plan
    ask       stage 1's requests, and no other traffic
    hold      holds one connection open
    weights   ends it, and asks one round for the try of wrr
    load      starts the clients of stages 2 and 3
    finish    record on standard input: ends everything, judges, gives the report

All but begin take ``--run FOLDER``. What went wrong is in ``error``, one sentence; exit code 1.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import ConfigError, LvsError
from .figures import read_result
from .jobs import Jobs, wait_for
from .judge import Judge
from .look import run_program
from .picture import picture
from .plan import REQUESTS, Plan
from .report import markdown, stage_table

STAGE1_RATE = 20.0
READY_WITHIN_S = 15.0
Json = dict[str, Any]


class Session:
    """One run of the failure test, kept in a folder."""

    def __init__(self, folder: Path) -> None:
        """Read what ``begin`` wrote; ConfigError when there is no such run."""
        try:
            self._setup: Json = json.loads((folder / "setup.json").read_text(encoding="utf-8"))
            self._plan: Json = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"--run {folder}: no run begins there ({error.strerror}).") from error
        self._folder = folder
        self._jobs = Jobs(folder, float(self._setup["lease_s"]))

    def observe(self) -> None:
        """Start one observer for each interface that the addresses are reached by."""
        by_interface: dict[str, list[str]] = {}
        for vip in self._plan["vips"]:
            by_interface.setdefault(find_interface(vip["address"]), []).append(vip["address"])
        for interface, addresses in by_interface.items():
            output = self._folder / f"observer-{interface}.jsonl"
            words = ["--interface", interface, "--output", str(output), "--address", *addresses]
            self._jobs.start(f"observer-{interface}", "observer", words)
            self._wait_for_line(f"observer-{interface}", output)

    def ask(self) -> Json:
        """Make stage 1's requests, one service after the other."""
        for number, client in enumerate(self._plan["clients"]):
            self._ask(f"stage1-{number}", client, REQUESTS)
        return {}

    def hold(self) -> Json:
        """Hold a connection to the first service; gives this host's address on it."""
        output = self._folder / "hold.jsonl"
        words = ["--target", self._plan["clients"][0]["url"], "--output", str(output)]
        self._jobs.start("hold", "hold", words)
        self._wait_for_line("hold", output)
        line = json.loads(output.read_text(encoding="utf-8").splitlines()[0])
        if line["what"] != "connected":
            raise LvsError(f"a connection to be held open was answered by {line['what']}.")
        return {"local": line["local"]}

    def weights(self) -> Json:
        """Let go of the connection and ask one round of wrr."""
        self._jobs.stop("hold")
        self._ask("weights", self._plan["clients"][0], int(self._plan["weights"]["requests"]))
        return {}

    def load(self) -> Json:
        """Start the clients that ask from stage 2 to the end."""
        for number, client in enumerate(self._plan["clients"]):
            words = [*self._arguments(f"load-{number}", client), "--reset-close"]
            words += ["--rate", str(self._setup["rate"])]
            self._jobs.start(f"load-{number}", "client", words)
            self._wait_for_line(f"load-{number}", self._folder / f"load-{number}.jsonl")
        return {"t": time.time()}

    def finish(self, record: Json) -> Json:
        """End everything, judge, and give the report; the run's folder is removed."""
        record["failures"] = [*record.get("failures", []), *self._jobs.stop_all()]
        report = Judge(self._setup, self._plan, record, self._read_data()).report()
        shutil.rmtree(self._folder, ignore_errors=True)
        return {
            "report": report,
            "markdown": markdown(report),
            "picture": picture(report),
            "table": stage_table(report),
        }

    def _ask(self, name: str, client: Json, count: int) -> None:
        words = [*self._arguments(name, client), "--rate", str(STAGE1_RATE), "--count", str(count)]
        self._jobs.run("client", words, timeout_s=60)

    def _arguments(self, name: str, client: Json) -> list[str]:
        words = [*client["arguments"], "--output", str(self._folder / f"{name}.jsonl")]
        patterns = self._setup.get("identify") or []
        return [*words, "--identify", *patterns] if patterns else words

    def _wait_for_line(self, name: str, output: Path) -> None:
        is_ready = wait_for(lambda: output.exists() and output.stat().st_size > 0, READY_WITHIN_S)
        if not is_ready:
            self._jobs.stop(name)
            raise LvsError(f"{name} wrote nothing within {READY_WITHIN_S:g} s.")

    def _read_data(self) -> Json:
        observed = [line for path in self._paths("observer-*") for line in read_lines(path)]
        return {
            "stage1": [read_lines(path) for path in self._paths("stage1-*")],
            "load": [read_lines(path) for path in self._paths("load-*")],
            "weights": [line for path in self._paths("weights") for line in read_lines(path)],
            "runs": [line for line in observed if "first" in line],
            "neighbours": read_neighbours(),
        }

    def _paths(self, pattern: str) -> list[Path]:
        def number(path: Path) -> int:
            words = path.stem.rpartition("-")[2]
            return int(words) if words.isdigit() else 0

        return sorted(self._folder.glob(f"{pattern}.jsonl"), key=number)


def begin(setup: Json) -> Json:
    """Plan the run and start the observers; gives the plan, the folder and this host's time."""
    now = time.time()
    looks = zip(setup["director_names"], setup["director_looks"])
    setup["directors"] = [read_director(name, result) for name, result in looks]
    plan = Plan(setup).as_json()
    folder = Path(tempfile.mkdtemp(prefix="laico_lvs_failure_test."))
    (folder / "setup.json").write_text(json.dumps(setup), encoding="utf-8")
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    session = Session(folder)
    try:
        session.observe()
    except LvsError:
        session.finish({"marks": {"start": now}})
        raise
    return {"plan": plan, "run": str(folder), "t": now}


def read_director(name: str, result: Json) -> Json:
    """Read the first look at a director. ConfigError when there is none."""
    seen = read_result(result)
    if "error" in seen:
        raise ConfigError(f"{name}: {seen['error']}; is it up, and has site.yml set it up?")
    return {"name": name, **seen}


def find_interface(address: str) -> str:
    """Name the interface by which an address is reached on the LAN. ConfigError."""
    _status, text, error = run_program(["ip", "-j", "route", "get", address])
    route = json.loads(text or "[{}]")[0]
    if "gateway" in route or "dev" not in route or route.get("type") == "local":
        why = error or f"it is reached by {route.get('gateway') or 'this host itself'}"
        raise ConfigError(
            f"{address}: the client must be a host on its LAN that holds none of the addresses "
            f"({why}); choose another with failure_test_client."
        )
    return str(route["dev"])


def read_neighbours() -> dict[str, str]:
    """Give this host's neighbours: MAC -> address, to name whoever answered wrongly."""
    _status, text, _error = run_program(["ip", "-j", "neighbour", "show"])
    entries = json.loads(text or "[]")
    return {str(entry["lladdr"]): str(entry["dst"]) for entry in entries if "lladdr" in entry}


def read_lines(path: Path) -> list[Json]:
    """Read a file of JSON lines; a line cut short by the end of its writer is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="session", description=__doc__)
    parser.add_argument("verb", choices=["begin", "ask", "hold", "weights", "load", "finish"])
    parser.add_argument("--run", type=Path, default=Path("/nonexistent"))
    return parser


def act(verb: str, folder: Path) -> Json:
    """Do one step."""
    if verb == "begin":
        return begin(json.load(sys.stdin))
    session = Session(folder)
    if verb == "finish":
        return session.finish(json.load(sys.stdin))
    steps: dict[str, Callable[[], Json]] = {
        "ask": session.ask, "hold": session.hold, "weights": session.weights, "load": session.load,
    }  # fmt: skip
    return steps[verb]()


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one step; 1 with ``error`` when it could not be done."""
    options = make_parser().parse_args(arguments)
    try:
        answer = {"error": "", **act(options.verb, options.run)}
    except LvsError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if answer["error"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
