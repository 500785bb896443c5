# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""authkeys: what is read, what is refused, and that no secret is ever said."""

from __future__ import annotations

import random
import traceback

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import authkeys
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.authkeys import Authkeys
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

PATH = "/etc/ha.d/authkeys"
SECRET = "c0ffee00c0ffee00c0ffee00"


def parse(text: str) -> Authkeys:
    return authkeys.parse(text, PATH)


def refusal(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value).splitlines()


def test_several_keys_in_any_order() -> None:
    found = parse(
        f"# keys\r\nauth 2\r\n3 HMAC-SHA256 {SECRET}3  \r\n1 sha1 {SECRET}1\r\n2 md5 {SECRET}2\r\n"
    )
    assert found.auth.send_id == 2
    assert {key.key_id: key.secret for key in found.auth.keys.values()} == {
        1: f"{SECRET}1".encode(),
        2: f"{SECRET}2".encode(),
        3: f"{SECRET}3".encode(),
    }
    assert found.warnings == (
        f"{PATH}:4: the sha1 secret of key 1 is used as an HMAC-SHA256 key: "
        "write hmac-sha256 for sha1.",
        f"{PATH}:5: the md5 secret of key 2 is used as an HMAC-SHA256 key: "
        "write hmac-sha256 for md5.",
    )


def test_the_secret_is_the_third_word_only() -> None:
    found = parse(f'auth 1\n1 hmac-sha256 "{SECRET} and more" # none\n')
    assert found.auth.keys[1].secret == f'"{SECRET}'.encode()
    assert "third word only" in found.warnings[0]


def test_short_secret_is_warned_of() -> None:
    assert "is short" in parse("auth 1\n1 hmac-sha256 hi\n").warnings[0]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("auth 1\n1 crc\n", 2, "crc signs nothing: write `1 hmac-sha256 SECRET`"),
        (f"auth 1\n1 rot13 {SECRET}\n", 2, "unknown method: write `1 hmac-sha256 SECRET`"),
        (f"auth 1\n1 {SECRET}\n", 2, "unknown method"),
        ("auth 1\n1 md5\n", 2, "key 1 has no secret"),
        (f"auth 1\n{SECRET}\n", 2, "write `ID hmac-sha256 SECRET`"),
        (f"auth 1\n1 md5 {SECRET}\n1 sha1 {SECRET}\n", 3, "key 1 stands here a second time"),
        (f"auth 1 2\n1 md5 {SECRET}\n", 1, "write `auth ID`"),
        (f"auth {SECRET}\n1 md5 {SECRET}\n", 1, "write `auth ID`"),
        (f"auth 0\n1 md5 {SECRET}\n", 1, "write `auth ID`"),
        (f"auth 2\n1 md5 {SECRET}\n", 1, "auth names key 2, of which there is no sound line"),
        (f"auth 1\nauth 2\n1 md5 {SECRET}\n2 md5 {SECRET}\n", 2, "a second time with another id"),
        (f"1 md5 {SECRET}\n", 0, "does not say which key signs"),
        ("", 0, "does not say which key signs"),
        (f"auth 1\n256 md5 {SECRET}\n", 2, "ID is a number from 1 to 255"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(text: str, line: int, sentence: str) -> None:
    said = refusal(text)
    where = f"{PATH}:{line}: " if line else f"{PATH}: "
    assert any(one.startswith(where) and sentence in one for one in said), said
    assert SECRET not in "\n".join(said)


def test_neither_repr_nor_warnings_show_a_secret() -> None:
    found = parse(f"auth 1\n1 md5 {SECRET} {SECRET}\n2 hmac-sha256 short1\n")
    assert SECRET not in repr(found)
    assert "short1" not in f"{found!r} {found.warnings}"


# Ways in which a line with a secret comes out wrong; S stands for the secret.
MALFORMED = [
    "auth S",
    "auth 1 S",
    "auth S S",
    "auth\n1 S",
    "auth 1\nS",
    "auth 1\nS md5 S",
    "auth 1\n1 S S",
    "auth 1\n1 S",
    "auth 1\n1 hmac-sha256S",
    "auth 1\n1 hmac-sha256:S",
    "auth 1\n1 hmac-sha256=S x",
    "auth 1\n1 crc S",
    "auth 1\n1 hmac-sha256\nS",
    "auth 1\n1 hmac-sha256 \\\nS",
    "auth 1\n1 hmac-sha256 x\x0bS md5 y",
    "auth 1\n1 hmac-sha256 x\u2028S md5 y",
    "auth 1\n1 hmac-sha256 x\x85S",
    "auth 1\n1hmac-sha256 S",
    "auth 1\n-1 hmac-sha256 S",
    "auth 1\n1 1 hmac-sha256 S",
    "auth 1\n999 hmac-sha256 S",
    "auth 1\n1 hmac-sha256 S\n1 hmac-sha256 S",
    "auth 2\n1 hmac-sha256 S",
    "1 hmac-sha256 S",
    "key S\n1 hmac-sha256 S",
    "auth 1\nkey = S",
    "auth 1\n: S",
    "auth 1\n\x00S",
    "auth\x001 S",
    "S",
    '"S"',
    "auth 1\n1 hmac-sha256 'S S'\nS",
    "auth 1\n1\tSHA1\tS\tS\nauth S",
    "#S\n//S\n;S",
]
# A plain secret, one that is a number, one of bytes that are no UTF-8, one with signs of its own.
SECRETS = [
    SECRET,
    "73190462881",
    "caf\udce9\udcff0badc0de",
    "%s{0}$(id)`x`;|&<>",
    "\u00b2\u0663" * 8,
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("text", MALFORMED)
def test_no_malformed_file_says_its_secret(
    text: str, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in the error, its causes and its traceback, nor in warnings, nor on the terminal."""
    told = ""
    try:
        found = parse(text.replace("S", secret).replace(f"{secret}HA1", "SHA1"))
        told = f"{found!r} {found.auth!r} {found.auth.keys!r} {found.warnings}"
    except ConfigError as error:
        told = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        told += repr(error.__context__) + repr(error.__cause__)
    told += "".join(capsys.readouterr())
    for shape in (secret, repr(secret)[1:-1], secret.encode("utf-8", "backslashreplace").decode()):
        assert shape not in told


@pytest.mark.parametrize("seed", range(20))
def test_no_mutated_file_says_its_secret(seed: int) -> None:
    chance = random.Random(seed)
    sound = f"auth 1\n1 hmac-sha256 {SECRET}\n2 md5 {SECRET}\n3 sha1 {SECRET} {SECRET}\n"
    for dummy in range(200):
        letters = list(sound)
        for dummy in range(chance.randint(1, 6)):
            # Between the words: a secret torn in two is no secret that a line would repeat.
            places = [n for n, letter in enumerate(letters) if letter in " \n"]
            place = chance.choice(places)
            letters[place] = chance.choice(["", " ", "\n", "\t", "\r", "\x0c", "\u2028", "#", "0"])
        text = "".join(letters)
        try:
            found = parse(text)
            told = f"{found!r} {found.warnings}"
        except ConfigError as error:
            told = str(error)
        assert SECRET not in told, text


def test_a_secret_of_any_bytes_is_used_as_it_is() -> None:
    found = parse("auth 1\n1 hmac-sha256 caf\udce9\udcff0badc0de0badc0de\n")
    assert found.auth.keys[1].secret == b"caf\xe9\xff0badc0de0badc0de"


@pytest.mark.parametrize("number", ["\u00b2", "\u0663", "1" * 5000, "+1", "1_0"])
def test_ids_that_are_none_are_refused(number: str) -> None:
    said = refusal(f"auth {number}\n{number} md5 {SECRET}\n")
    assert [line.split(": ")[0] for line in said] == [PATH, f"{PATH}:1", f"{PATH}:2"]
