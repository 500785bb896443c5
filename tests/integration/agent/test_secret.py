# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secret of a running pair is in nothing that anybody but root can read, and in no output."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from tests.integration.agent.directors import LVS_CF, Director, Files, Pair, settle, wait_until

SECRET = "Marked5ecretNobodyMaySee0123456789"
AUTHKEYS = f"auth 1\n1 hmac-sha256 {SECRET}\n"
# Each wrong in its own way; what the parser makes of many more is tested beside it.
MALFORMED = (
    f"auth {SECRET}\n1 hmac-sha256 {SECRET}\n",
    f"auth 1\n1 {SECRET}\n",
    f"auth 1\n1 sha512 {SECRET}\n",
    f"auth 1\n1 crc {SECRET}\n",
    f"auth 2\n1 hmac-sha256 {SECRET}\n",
    f"auth 1\n1 hmac-sha256\n{SECRET}\n",
    f"auth 1\n1 hmac-sha256 {SECRET}\n1 hmac-sha256 {SECRET}x\n",
)
SHAPES = {
    "as it is": SECRET.encode(),
    "a part of it": SECRET[6:20].encode(),
    "hex": SECRET.encode().hex().encode(),
    "base64": base64.b64encode(SECRET.encode()).rstrip(b"="),
    "its digest": hashlib.sha256(SECRET.encode()).hexdigest().encode(),
}


def shapes_in(data: bytes) -> list[str]:
    return [name for name, shape in SHAPES.items() if shape in data]


def readable_by_all(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o044:
            yield path


def processes_of(director: Director) -> Iterator[Path]:
    """The agent and whatever it started, by the namespace they run in."""
    assert director.process is not None
    net = os.readlink(f"/proc/{director.process.pid}/ns/net")
    for link in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            if os.readlink(link) == net:
                yield link.parents[1]
        except OSError:  # it has ended
            continue


def write_authkeys(director: Director, text: str, mode: int = 0o600) -> None:
    path = director.folder / "ha.d" / "authkeys"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_the_secret_is_in_no_output_and_in_no_open_file(pair: Pair) -> None:
    told = pair.folder / "told"
    script = pair.folder / "hook"
    script.write_text(f"#!/bin/sh\n(env; echo $*; cat /proc/$$/cmdline) >> {told}\n")
    script.chmod(0o755)
    hook = f"notify {script}\nwatch {script} watching\n    interval 1\n    timeout 1\n"
    pair.write(Files(authkeys=AUTHKEYS, lvs_cf=LVS_CF + hook))
    for director in pair.directors.values():
        director.start("--debug")
    wait_until(pair["laicoz"].holds, "laicoz takes the address", 10)
    z = pair["laicoz"]
    z.ctl("wait", "linked", "--timeout", "5")
    said = [z.ctl("status"), z.ctl("status", "--json"), z.ctl("check")]
    wait_until(lambda: told.exists() and b"holding" in told.read_bytes(), "the hook is told")
    wait_until(lambda: b"watching" in told.read_bytes(), "the watch command runs")
    for text in MALFORMED:
        write_authkeys(z, text)
        said += [z.ctl("check", code=2), z.ctl("reload", code=1)]
        assert "authkeys" in said[-1], "the test would prove nothing"
    write_authkeys(z, AUTHKEYS, 0o644)
    said += [z.ctl("check", code=2), z.ctl("reload", code=1)]
    running = z.process
    z.start("--debug")  # a second agent, which does not get so far either
    assert z.process is not None
    assert z.process.wait(5) == 2
    z.process = running
    write_authkeys(z, AUTHKEYS)
    said.append(z.ctl("reload"))
    said += [director.log() for director in pair.directors.values()]
    for text in (*said, told.read_text(encoding="utf-8")):
        assert shapes_in(text.encode()) == [], text


def test_the_secret_is_in_no_process_list_nor_file_of_a_pair(pair: Pair) -> None:
    settle(pair, Files(authkeys=AUTHKEYS))
    pair["laicoz"].ctl("standby")
    assert shapes_in((pair["laicoz"].folder / "ha.d" / "authkeys").read_bytes())
    for director in pair.directors.values():
        seen = list(processes_of(director))
        assert len(seen) >= 1
        for process in seen:
            for name in ("cmdline", "environ", "comm", "status"):
                assert shapes_in((process / name).read_bytes()) == [], process / name
        files = list(readable_by_all(director.folder))
        assert director.log_path in files
        assert director.folder / "run" / "owned.json" in files
        for path in files:
            assert shapes_in(path.read_bytes()) == [], path
