# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client counts what is lost, by its own clock, and is not slow itself."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.witness.lan import Lan, serving, wait_until

RATE = 100


def ask(lan: Lan, output: Path, *words: str) -> list[str]:
    target = ["--target", f"http://{lan.address('one')}/", "--output", str(output)]
    return lan.witness("client", "client", *target, "--server", "laico2", *words)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_request_names_its_server_and_starts_on_time(lan: Lan, tmp_path: Path) -> None:
    output = tmp_path / "client.jsonl"
    with (
        serving(lan, tmp_path),
        lan.program("client", ask(lan, output, "--rate", str(RATE), "--count", "200")) as process,
    ):
        assert process.wait(20) == 0
    lines = read(output)
    assert len(lines) == 200
    answered = [line for line in lines if "error" not in line]
    assert {line["server"] for line in answered} == {"laico2"}
    # The machine itself may stand still for longer than a request may take.
    assert len(lines) - len(answered) <= 2, [line for line in lines if "error" in line]
    started = sorted(line["t"] - line["late_ms"] / 1000 for line in lines)
    assert abs((started[-1] - started[0]) - 199 / RATE) < 0.05
    assert statistics.median(line["late_ms"] for line in lines) < 5


def test_a_stopped_server_gives_its_losses(lan: Lan, tmp_path: Path) -> None:
    """Stopped for about a second: refused for as long, no request skipped meanwhile."""
    output = tmp_path / "client.jsonl"
    with lan.program("client", ask(lan, output, "--rate", str(RATE))):
        with serving(lan, tmp_path):
            time.sleep(0.5)
            up = time.time()
        down = time.time()
        time.sleep(1.0)
        again = time.time()
        with serving(lan, tmp_path):
            time.sleep(0.5)
    lines = sorted(read(output), key=lambda line: line["t"])
    lost = [line for line in lines if "error" in line and down < line["t"] < again]
    assert abs(len(lost) - (again - down) * RATE) <= 5
    assert {line["error"] for line in lost} == {"refused"}
    assert all(line.get("server") == "laico2" for line in lines if up - 0.4 < line["t"] < up - 0.05)


def test_a_host_that_is_gone_gives_timeouts_of_250_ms(lan: Lan, tmp_path: Path) -> None:
    output = tmp_path / "client.jsonl"
    lan.change(
        "client", "neighbour", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:99", "dev", "eth0"
    )
    with lan.program("client", ask(lan, output, "--rate", "50", "--count", "25")) as process:
        assert process.wait(20) == 0
    lines = read(output)
    assert [line["error"] for line in lines] == ["timeout"] * 25
    assert all(249 <= line["ms"] < 350 for line in lines)
    assert max(line["t"] for line in lines) - min(line["t"] for line in lines) < 0.6


RESETS = """
import socket, struct
with socket.create_server(("", 80)) as server:
    while True:
        connection, dummy = server.accept()
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
"""


@pytest.mark.parametrize("words", [[], ["--reset-close"]])
def test_a_reset_is_called_so(lan: Lan, tmp_path: Path, words: list[str]) -> None:
    output = tmp_path / "client.jsonl"
    program = ask(lan, output, "--rate", "20", "--count", "20", *words)
    with (
        lan.program("one", [sys.executable, "-c", RESETS]),
        lan.program("client", program) as asked,
    ):
        assert asked.wait(20) == 0
    said = {line["error"] for line in read(output)}
    assert "reset" in said
    assert said <= {"reset", "refused"}


def test_a_connection_held_open_says_when_it_is_closed(lan: Lan, tmp_path: Path) -> None:
    output = tmp_path / "hold.jsonl"
    words = ["--target", f"http://{lan.address('one')}/", "--output", str(output)]
    with lan.program("client", lan.witness("client", "hold", *words)) as process:
        assert process.wait(10) == 1
    with serving(lan, tmp_path):
        with lan.program("client", lan.witness("client", "hold", *words)) as process:
            wait_until(lambda: len(read(output)) == 2, "connected")
            time.sleep(0.2)
            assert process.poll() is None
        assert process.returncode == 0
    assert [line["what"] for line in read(output)] == ["refused", "connected", "ended"]
    assert read(output)[1]["local"] == lan.address("client")
