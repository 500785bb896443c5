# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire format: vectors, sizes, and every reason for which a datagram is dropped (F3)."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import wire
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Auth, Key
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    PeerError,
)

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
KEYS = {1: Key(1, b"first secret"), 7: Key(7, b"seventh secret")}
AUTH = Auth(7, KEYS)


def make_message(
    peers: int = 1,
    groups: int = 1,
    macs: int = 1,
    *,
    reached: int = 0,
    is_leaving: bool = True,
    is_able: bool = False,
) -> wire.Message:
    ids = [wire.short_id(f"node{number}") for number in range(peers)]
    word = wire.GroupWord(
        state="offering", is_fit=True, is_fit_known=True, is_past_grace=True, is_asking=True,
        is_able=is_able, target=ids[-1], term=5, highest=9, healthy=3, digest=b"abcdefgh",
    )  # fmt: skip
    return wire.Message(
        cluster="laico",
        node="laicoy",
        boot_id=bytes(range(16)),
        counter=300,
        sent_ms=123456789,
        link_id=1,
        link_counter=299,
        config_digest=b"configur",
        is_leaving=is_leaving,
        reached=reached,
        peers={i: wire.PeerWord(b"nonce" + i[:3], b"echo-" + i[:3]) for i in ids},
        macs=tuple(f"02:00:00:00:00:{number:02x}" for number in range(macs)),
        groups={wire.short_id(f"192.0.2.{number}"): word for number in range(groups)},
    )


def sign(signed: bytes, key: Key = KEYS[7]) -> bytes:
    return signed + hmac.digest(key.secret, signed, "sha256")


def reason_of(data: bytes, auth: Auth = AUTH, cluster: str = "laico") -> str:
    with pytest.raises(PeerError) as caught:
        wire.decode(data, auth, cluster)
    return caught.value.reason


def with_byte(data: bytes, at: int, value: int) -> bytes:
    """One byte of the signed part changed, and signed anew."""
    return sign(data[:at] + bytes([value]) + data[at + 1 : -wire.MAC_SIZE])


def test_what_is_decoded_is_what_was_encoded() -> None:
    message = make_message(peers=3, groups=4, macs=2)
    assert wire.decode(wire.encode(message, AUTH), AUTH, "laico") == message


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_bytes_are_those_of_the_vectors(vector: dict[str, object]) -> None:
    shape = vector["shape"]
    assert isinstance(shape, dict)
    assert wire.encode(make_message(**shape), AUTH).hex() == vector["datagram"]


@pytest.mark.parametrize("is_leaving", [True, False])
@pytest.mark.parametrize("reached", [0, 1, 127])
def test_u3_the_flags_carry_the_count_of_ping_nodes_beside_the_end(
    reached: int, is_leaving: bool
) -> None:
    message = make_message(reached=reached, is_leaving=is_leaving)
    data = wire.encode(message, AUTH)
    assert data[3] == reached * 2 + is_leaving
    assert wire.decode(data, AUTH, "laico") == message


def test_u3_more_than_the_flags_can_say_is_said_as_the_most() -> None:
    data = wire.encode(make_message(reached=300), AUTH)
    assert wire.decode(data, AUTH, "laico").reached == wire.MAX_REACHED == 127


def test_flags_of_a_group_that_are_not_known_are_ignored() -> None:
    data = wire.encode(make_message(), AUTH)
    at = len(data) - wire.MAC_SIZE - 25 + 5
    assert wire.decode(with_byte(data, at, data[at] | 0xE0), AUTH, "laico") == make_message()


def test_the_largest_heartbeat_fits_and_has_the_size_that_the_documentation_says() -> None:
    message = replace(
        make_message(peers=wire.MAX_PEERS, groups=wire.MAX_GROUPS, macs=wire.MAX_MACS),
        cluster="c" * wire.MAX_CLUSTER_NAME,
        node="n" * wire.MAX_NODE_NAME,
    )
    assert len(wire.encode(message, AUTH)) == 1173 <= wire.MAX_DATAGRAM


@pytest.mark.parametrize("shape", [{"peers": 8}, {"groups": 33}, {"macs": 9}])
def test_what_does_not_fit_is_refused_when_sent(shape: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="at most"):
        wire.encode(make_message(**shape), AUTH)


def test_each_fault_has_its_reason() -> None:
    data = wire.encode(make_message(), AUTH)
    assert reason_of(b"") == "short"
    assert reason_of(data[:-1]) == "short"
    assert reason_of(data + b"x") == "long"
    assert reason_of(data[:2] + b"\x02" + data[3:]) == "version"
    assert reason_of(b"XX" + data[2:]) == "version"
    assert reason_of(data, cluster="other") == "cluster"
    assert reason_of(data, cluster="laico2") == "cluster"
    assert reason_of(data, auth=Auth(1, {1: KEYS[1]})) == "key"
    assert reason_of(data, auth=Auth(7, {7: Key(7, b"another")})) == "digest"
    assert reason_of(data[:-1] + bytes([data[-1] ^ 1])) == "digest"


def test_every_single_byte_is_signed() -> None:
    data = wire.encode(make_message(), AUTH)
    for at in range(len(data)):
        assert reason_of(data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :])


def test_a_second_key_is_accepted_while_keys_are_changed() -> None:
    data = wire.encode(make_message(), Auth(1, KEYS))
    assert wire.decode(data, AUTH, "laico").node == "laicoy"


def test_signed_rubbish_is_malformed() -> None:
    data = wire.encode(make_message(), AUTH)
    groups_at = len(data) - wire.MAC_SIZE - 25
    assert reason_of(with_byte(data, groups_at + 4, 200)) == "malformed"  # state
    assert reason_of(with_byte(data, groups_at + 6, 9)) == "malformed"  # target
    assert reason_of(with_byte(data, groups_at + 7, 0xFF)) == "malformed"  # term
    assert reason_of(with_byte(data, groups_at - 1, 2)) == "malformed"  # two groups, one there
    assert reason_of(with_byte(data, groups_at - 1, 0)) == "malformed"  # bytes left over
    assert reason_of(with_byte(data, groups_at - 1, 33)) == "malformed"


@given(st.binary(max_size=300))
def test_rubbish_never_raises_anything_else(tail: bytes) -> None:
    data = wire.encode(make_message(), AUTH)
    signed = sign(data[:14] + tail) if tail else data[:-1]
    fixed = signed[:6] + len(signed).to_bytes(2, "big") + signed[8 : -wire.MAC_SIZE]
    assert reason_of(sign(fixed)) in ("short", "malformed")


def test_two_names_with_one_short_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "short_id", lambda dummy: b"same")
    with pytest.raises(ConfigError, match="a and b"):
        wire.index_names(["b", "a"])
