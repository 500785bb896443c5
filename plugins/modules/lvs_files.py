#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_files
short_description: Write a set of files, kernel settings and modules in one task (internal)
version_added: 0.1.0
description:
  - Used by the roles of this collection. Writes all the files of a step in one task, since a task costs
    far more than a file. Each file is replaced as a whole, and is on the disc before it gets its name, so
    that a power cut leaves the old or the new text.
  - Internal to the collection, its options may change in any release.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
options:
  files:
    description: The files to write.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the file stands.
        type: path
        required: true
      content:
        description: Its text, or the text of its marked block.
        type: str
        required: true
      mode:
        description: Its mode in octal.
        type: str
        default: "0644"
      marker:
        description: Own only the block between C(# BEGIN marker) and C(# END marker); the rest of the file stays.
        type: str
        default: ""
      keep_original:
        description: Keep what stands there before the first run, for O(give_back).
        type: bool
        default: false
      validate:
        description: A command that accepts or refuses the text, C(%s) being its path. Not run in check mode.
        type: list
        elements: str
        default: []
  secrets:
    description: Files whose text is never shown, neither in diffs nor in logs.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the file stands.
        type: path
        required: true
      content:
        description: Its text.
        type: str
        required: true
      mode:
        description: Its mode in octal.
        type: str
        default: "0600"
      keep_original:
        description: Keep what stands there before the first run, for O(give_back).
        type: bool
        default: false
  absent:
    description: Files that shall not be there.
    type: list
    elements: path
    default: []
  give_back:
    description:
      - Files that shall be what they were before the first run, or not be there if they were not.
      - Of a file that was not kept the marked blocks go, and the rest stays.
    type: list
    elements: path
    default: []
  empty_folders:
    description: Folders that go after O(give_back) when nothing is left in them; not counted as a change.
    type: list
    elements: path
    default: []
  sysctl_file:
    description: The file of sysctl.d that O(sysctls) are written to.
    type: path
  sysctls:
    description: Kernel settings, set now and at each boot. They are set before any file is written.
    type: dict
    default: {}
  sysctl_state:
    description:
      - With V(absent) the settings become what they were before the first run, those apart that somebody else has
        changed since, and the file is removed.
    type: str
    choices: [present, absent]
    default: present
  modules_file:
    description: The file of modules-load.d that O(modules) are written to.
    type: path
  modules:
    description: Kernel modules, loaded now and at each boot, before anything else.
    type: list
    elements: str
    default: []
  modules_state:
    description:
      - With V(absent) the file is removed, and of the modules that came by it, those that they need included, the
        ones that nothing uses are unloaded, after all else was done.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Set what a real server needs
  laico.lvs.lvs_files:
    sysctl_file: /etc/sysctl.d/60-lvs-realserver.conf
    sysctls: {net.ipv4.conf.all.arp_ignore: "1", net.ipv4.conf.all.arp_announce: "2"}
"""

RETURN = r"""
changed_paths:
  description: The files that were, or in check mode would be, written or removed.
  type: list
  elements: str
  returned: success
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.files import WantedFile, ensure_files
from ..module_utils._deploy.kernel_modules import ensure_modules, release_modules
from ..module_utils._deploy.originals import give_back, keep_originals
from ..module_utils._deploy.outcome import Outcome
from ..module_utils._deploy.run import finish
from ..module_utils._deploy.sysctls import ensure_sysctls, restore_sysctls

FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "marker": {"type": "str", "default": ""},
    "keep_original": {"type": "bool", "default": False},
    "validate": {"type": "list", "elements": "str", "default": []},
}
SECRET = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True, "no_log": True},
    "mode": {"type": "str", "default": "0600"},
    "keep_original": {"type": "bool", "default": False},
}
SPEC = {
    "files": {"type": "list", "elements": "dict", "default": [], "options": FILE},
    "secrets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": SECRET,
        "no_log": False,
    },
    "absent": {"type": "list", "elements": "path", "default": []},
    "give_back": {"type": "list", "elements": "path", "default": []},
    "empty_folders": {"type": "list", "elements": "path", "default": []},
    "sysctl_file": {"type": "path"},
    "sysctls": {"type": "dict", "default": {}},
    "sysctl_state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "modules_file": {"type": "path"},
    "modules": {"type": "list", "elements": "str", "default": []},
    "modules_state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def _wanted(entry: dict[str, Any], is_secret: bool) -> WantedFile:
    return WantedFile(
        path=entry["path"],
        content=entry["content"],
        mode=int(entry["mode"], 8),
        marker=entry.get("marker", ""),
        is_secret=is_secret,
        validate=tuple(entry.get("validate", ())),
    )


def ensure(params: dict[str, Any], is_check: bool) -> Outcome:
    """Carry out the whole set in its order: modules, settings, files; what goes, the reverse."""
    outcome = Outcome()
    if params["modules_file"] and params["modules_state"] == "present":
        outcome.add(ensure_modules(params["modules_file"], params["modules"], is_check))
    outcome.add(_ensure_settings(params, is_check))
    written = _ensure_files(params, is_check)
    outcome.add(written)
    outcome.add(give_back(params["give_back"], params["empty_folders"], is_check))
    if params["modules_file"] and params["modules_state"] == "absent":
        outcome.add(release_modules(params["modules_file"], is_check))
    outcome.values["changed_paths"] = written.values["changed_paths"]
    return outcome


def _ensure_settings(params: dict[str, Any], is_check: bool) -> Outcome:
    if not params["sysctl_file"]:
        return Outcome()
    if params["sysctl_state"] == "absent":
        return restore_sysctls(params["sysctl_file"], is_check)
    settings = {key: str(value) for key, value in params["sysctls"].items()}
    return ensure_sysctls(params["sysctl_file"], settings, is_check)


def _ensure_files(params: dict[str, Any], is_check: bool) -> Outcome:
    entries = [(entry, False) for entry in params["files"]]
    entries += [(entry, True) for entry in params["secrets"]]
    if not is_check:
        keep_originals([_wanted(*each) for each in entries if each[0]["keep_original"]])
    return ensure_files([_wanted(*each) for each in entries], params["absent"], is_check)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    finish(module, lambda: ensure(module.params, module.check_mode))


if __name__ == "__main__":
    main()
