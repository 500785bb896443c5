# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration parsers, each alone and a whole /etc/ha.d."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import (
    authkeys,
    ha_cf,
    haresources,
    ldirectord_cf,
    lvs_cf,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.load import (
    load_cluster,
    load_groups,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.networks import HostNetwork
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    NotYetError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

from .target import Target, shape_of, words_of

PATH = "/etc/ha.d/it"
SECRET = "0sekret1of2the3fuzzer4"
NODES = ("lvs1", "lvs2", "lvs3")
NETWORKS = (HostNetwork("eth0", "192.0.2.1", 24), HostNetwork("eth1", "2001:db8::1", 64))
FILES = ("ha.cf", "haresources", "authkeys", "lvs.cf", "ldirectord.cf")
FILE_MARK = "==== "


class LeakError(Exception):
    """A message repeats a secret."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _parser(parse: Callable[[str], object]) -> Callable[[bytes], Hashable]:
    def run(data: bytes) -> Hashable:
        parsed = parse(_text(data))
        repr(parsed)
        return shape_of("\n".join(getattr(parsed, "warnings", ())))

    return run


def _read_authkeys(data: bytes) -> Hashable:
    text = _text(data)
    try:
        found = authkeys.parse(text, PATH)
        said = "\n".join((repr(found), *found.warnings))
    except ConfigError as error:
        said = str(error)
    if SECRET in said:
        raise LeakError(said)
    return shape_of(said)


def _resolve(name: str, version: int) -> str:
    if name == "nobody":
        raise NotYetError(f"{name} has no address.")
    return "192.0.2.9" if version == 4 else "2001:db8::9"


def _load_directory(data: bytes) -> Hashable:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        _write_files(Path(name), data)
        config = load_cluster(name, "lvs1", NETWORKS, _resolve)
        load_groups(name)
        if SECRET in repr(config):
            raise LeakError("repr of the configuration")
        # What can be loaded can be run.
        Node(config, bytes(16), 0.0, random.Random(0)).status(0.0)
        return len(config.groups), len(config.links), shape_of("\n".join(config.warnings))


def _write_files(directory: Path, data: bytes) -> None:
    """``==== NAME`` begins a file; what comes before the first is ha.cf."""
    name, lines = "ha.cf", []
    for line in [*data.split(b"\n"), FILE_MARK.encode()]:
        if not line.startswith(FILE_MARK.encode()):
            lines.append(line)
            continue
        (directory / name).write_bytes(b"\n".join(lines))
        wanted = line[len(FILE_MARK) :].decode("ascii", "replace").strip()
        name, lines = (wanted if wanted in FILES else "other"), []
    keys = directory / "authkeys"
    if keys.exists():
        os.chmod(keys, 0o600)


PARSERS: dict[str, Callable[[str], object]] = {
    "ha_cf": lambda text: ha_cf.parse(text, PATH),
    "haresources": lambda text: haresources.parse(text, PATH, NODES),
    "lvs_cf": lambda text: lvs_cf.parse(text, PATH),
    "ldirectord_cf": lambda text: ldirectord_cf.parse(text, PATH),
}
_FILE_WORDS = tuple(f"\n{FILE_MARK}{name}\n".encode() for name in FILES)
_ALL_WORDS = tuple(word for name in (*PARSERS, "authkeys") for word in words_of(name))

TARGETS = (
    *(
        Target(name, _parser(parse), (ConfigError,), words_of(name), is_text=True)
        for name, parse in PARSERS.items()
    ),
    Target("authkeys", _read_authkeys, (), words_of("authkeys"), is_text=True),
    Target("directory", _load_directory, (ConfigError,), _ALL_WORDS + _FILE_WORDS, is_text=True),
)
