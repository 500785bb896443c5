# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The observer sees who answers, from when to when, on a wire of this machine's own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.witness.lan import Lan, wait_until

VIP = "192.0.2.146"
VIP6 = "2001:db8::146"
NEAR_S = 0.020


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def runs_of(path: Path, mac: str) -> list[dict[str, Any]]:
    return [line for line in read_lines(path) if line.get("mac") == mac and "first" in line]


@contextmanager
def observing(lan: Lan, output: Path, address: str) -> Iterator[None]:
    words = ["--interface", "eth0", "--address", address, "--output", str(output)]
    with lan.program("client", lan.witness("client", "observer", *words)):
        wait_until(lambda: output.exists() and bool(output.read_text()), "the observer is up")
        time.sleep(0.1)
        yield


@pytest.mark.parametrize("address", [VIP, VIP6])
def test_a_second_host_is_seen_for_as_long_as_it_answers(
    lan: Lan, tmp_path: Path, address: str
) -> None:
    prefix = f"{address}/{24 if address == VIP else 64}"
    output = tmp_path / "observer.jsonl"
    held = ("address", "add", prefix, "dev", "eth0", "nodad")[: 6 if address == VIP6 else 5]
    lan.change("one", *held)
    with observing(lan, output, address):
        time.sleep(0.2)
        adding, added = lan.change("two", *held)
        time.sleep(0.15)
        removing, removed = lan.change("two", "address", "delete", prefix, "dev", "eth0")
        time.sleep(0.2)
    (second,) = runs_of(output, lan.mac("two"))
    assert second["address"] == address
    assert adding < second["first"] < added + NEAR_S
    assert removing - NEAR_S < second["last"] < removed + NEAR_S
    assert second["answers"] > 5
    (first,) = runs_of(output, lan.mac("one"))
    assert first["first"] < second["first"] < second["last"] < first["last"]


def test_no_holder_is_a_gap_between_two_runs(lan: Lan, tmp_path: Path) -> None:
    output = tmp_path / "observer.jsonl"
    lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
    with observing(lan, output, VIP):
        time.sleep(0.1)
        removed, _after = lan.change("one", "address", "delete", f"{VIP}/24", "dev", "eth0")
        time.sleep(0.3)
        _before, added = lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
        time.sleep(0.1)
    before, after = runs_of(output, lan.mac("one"))
    gap = after["first"] - before["last"]
    assert abs(gap - (added - removed)) < 2 * NEAR_S


def test_an_address_under_arp_ignore_is_not_seen(lan: Lan, tmp_path: Path) -> None:
    """As a real server has it; without the sysctl it is seen, so the test can fail."""
    output = tmp_path / "observer.jsonl"
    with lan.program("two", ["sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1"]) as process:
        assert process.wait(5) == 0
    lan.change("two", "address", "add", f"{VIP}/32", "dev", "lo")
    with observing(lan, output, VIP):
        time.sleep(0.2)
    assert runs_of(output, lan.mac("two")) == []
    with lan.program("two", ["sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=0"]) as process:
        assert process.wait(5) == 0
    with observing(lan, output, VIP):
        time.sleep(0.2)
    assert len(runs_of(output, lan.mac("two"))) == 1


def test_the_observer_claims_nothing(lan: Lan, tmp_path: Path) -> None:
    """No neighbour learns of it by being asked."""
    output = tmp_path / "observer.jsonl"
    lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
    with lan.program("one", ["ip", "neighbour", "flush", "dev", "eth0"]) as process:
        process.wait(5)
    with observing(lan, output, VIP):
        time.sleep(0.2)
    assert len(runs_of(output, lan.mac("one"))) == 1
    with lan.program("one", ["ip", "neighbour", "show"], stdout=-1) as process:
        assert lan.mac("client") not in str(process.communicate()[0])


def test_the_observer_ends_when_its_lease_is_gone(lan: Lan, tmp_path: Path) -> None:
    lease = tmp_path / "lease"
    lease.touch()
    words = ["--interface", "eth0", "--address", VIP, "--output", str(tmp_path / "o.jsonl")]
    observer = lan.witness("client", "observer", *words, "--lease", str(lease))
    with lan.program("client", observer) as process:
        time.sleep(1.5)
        assert process.poll() is None
        lease.unlink()
        assert process.wait(5) == 0


def test_a_missing_interface_is_one_sentence(lan: Lan, tmp_path: Path) -> None:
    words = ["--interface", "eth9", "--address", VIP, "--output", str(tmp_path / "o.jsonl")]
    with lan.program("client", lan.witness("client", "observer", *words), stderr=-1) as process:
        error = str(process.communicate(timeout=10)[1])
    assert process.returncode == 1
    assert error.startswith("observer: eth9: No such device")
    assert error.count("\n") == 1
