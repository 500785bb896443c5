# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shell lines of the pages: each of our commands is read by the parser of the program itself."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import itertools
import re
import shlex
from collections.abc import Callable, Iterator

import click
from ansible.cli import CLI
from ansible.cli.adhoc import AdHocCLI
from ansible.cli.doc import DocCLI
from ansible.cli.galaxy import GalaxyCLI
from ansible.cli.playbook import PlaybookCLI
from molecule.shell import main as molecule

from ansible_collections.laico.lvs.plugins.module_utils._lvs import ctl
from lab import cli as lab_cli
from tests.repo import doc_variables, tree
from tests.repo.doc_pages import Block

# Programs of the system: theirs to say what is wrong with a line.
FOREIGN = {"curl", "export", "git", "ip", "ipvsadm", "journalctl", "openssl", "systemctl"}
ANSIBLE: dict[str, type[CLI]] = {
    "ansible": AdHocCLI,
    "ansible-doc": DocCLI,
    "ansible-galaxy": GalaxyCLI,
    "ansible-playbook": PlaybookCLI,
}
PACKAGE = "ansible_collections.laico.lvs.plugins.module_utils._lvs"
MAKE_LINE = re.compile(r"^([a-z][a-z-]*):|^([A-Z]+) \?=", re.MULTILINE)
Words = list[str]
Checker = Callable[[Words], Iterator[str]]


def faults(block: Block) -> Iterator[str]:
    """One sentence for each command of a block that cannot be right."""
    lines = _commands(block.text) if block.kind == "bash" else _typed(block.text)
    for line in lines:
        for words in split(line):
            for fault in check(words):
                yield f"{block.place}: `{' '.join(words)}`: {fault}"


def _commands(text: str) -> list[str]:
    return text.replace("\\\n", " ").splitlines()


def _typed(text: str) -> list[str]:
    """What stands behind the prompts of a console; all else was printed."""
    lines = [line.split(" ", 1)[1] for line in _commands(text) if re.match(r"[$#] ", line)]
    return lines or ["console-without-a-prompt"]


def split(line: str) -> list[Words]:
    """The simple commands of a line, without assignments before them and redirections behind."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[Words] = [[]]
    for word in lexer:
        if word in ("|", "&&", "||", ";"):
            found.append([])
        else:
            found[-1].append(word)
    return [words for words in map(_bare, found) if words]


def _bare(words: Words) -> Words:
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    cut = next((at for at, word in enumerate(words) if word in (">", ">>", "<")), len(words))
    return words[:cut]


def check(words: Words) -> Iterator[str]:
    """One sentence for each thing that is wrong with a simple command."""
    name = words[0].removeprefix(".venv/bin/")
    if name in FOREIGN:
        return
    if name in ANSIBLE:
        yield from check_ansible(name, words)
    elif checker := CHECKERS.get(name):
        yield from checker(words)
    else:
        yield f"{name} is neither a command of ours nor one of {', '.join(sorted(FOREIGN))}"


def refusal(parser: argparse.ArgumentParser, words: Words) -> str:
    """What a program's own parser says against these arguments; "" for nothing."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            parser.parse_args(words)
        except SystemExit as ended:
            is_refused = ended.code not in (0, None)
            return said.getvalue().strip().splitlines()[-1] if is_refused else ""
    return ""


def _parsed(parser: argparse.ArgumentParser, words: Words) -> Iterator[str]:
    if said := refusal(parser, words):
        yield said


def check_make(words: Words) -> Iterator[str]:
    text = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
    known = {target or variable for target, variable in MAKE_LINE.findall(text)} | {"KEEP"}
    for word in words[1:]:
        name = word.split("=", 1)[0]
        if name not in known:
            yield f"the Makefile has no {name}"


def check_ansible(name: str, words: Words) -> Iterator[str]:
    """The command's own parser, and whether what it names is there."""
    cli = ANSIBLE[name]([name, *words[1:]])
    cli.init_parser()
    yield from _parsed(cli.parser, words[1:])
    if name == "ansible-playbook":
        named = [
            word for word in words[1:] if word.endswith(".yml") or word.startswith("laico.lvs.")
        ]
        yield from (fault for word in named for fault in _playbook_faults(word))
    for flag, word in itertools.pairwise(words):
        if flag == "-e" and (variable := word.split("=", 1)[0]) not in doc_variables.known():
            yield f"{variable} is no variable of ours"


def _playbook_faults(word: str) -> Iterator[str]:
    if word.endswith("inventory.yml"):
        return
    path = word if word.endswith(".yml") else f"playbooks/{word.rsplit('.', 1)[1]}.yml"
    if not (tree.ROOT / path).is_file():
        yield f"there is no {path}"


def check_python(words: Words) -> Iterator[str]:
    """``python3 -m laico_lvs.PROGRAM``: the program's parser."""
    if len(words) < 3 or words[1] != "-m":
        yield "write python3 -m MODULE"
        return
    try:
        module = importlib.import_module(words[2].replace("laico_lvs", PACKAGE, 1))
    except ImportError:
        yield f"there is no {words[2]}"
        return
    if hasattr(module, "make_parser"):
        yield from _parsed(module.make_parser(), words[3:])


def check_molecule(words: Words) -> Iterator[str]:
    verb, *options = words[1:] or [""]
    command = molecule.commands.get(verb)
    if command is None:
        yield f"molecule has no {verb}"
        return
    try:
        asked = command.make_context(verb, options).params
    except click.ClickException as error:
        yield error.message
        return
    scenario = asked["scenario_name"]
    for name in [scenario] if isinstance(scenario, str) else scenario or ():
        if not (tree.ROOT / "molecule" / name / "molecule.yml").is_file():
            yield f"there is no scenario {name}"


CHECKERS: dict[str, Checker] = {
    "make": check_make,
    "scripts/molecule": check_molecule,
    "lvsctl": lambda words: _parsed(ctl._parser(), words[1:]),
    "lab/lab": lambda words: _parsed(lab_cli._parser(), words[1:]),
    "python3": check_python,
    "python": check_python,
}
