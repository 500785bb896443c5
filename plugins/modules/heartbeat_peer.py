#!/usr/bin/python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: heartbeat_peer
short_description: Name a director and the links to it in ha.cf
version_added: 0.1.0
description:
  - Writes the C(node) line of one director, and the C(ucast), C(mcast) or C(bcast) lines of the links to it, as one
    marked section behind the block that the role P(laico.lvs.heartbeat#role) writes. Everything else in the
    file stays as it is.
  - Every director is named on every director, the host itself included, so that the file is the same on all.
  - A file that names directors or links outside of this module's sections is its owner's own, such as one that
    C(heartbeat_config_src) ships, and is refused.
author:
  - laico.lvs authors (@laico)
extends_documentation_fragment:
  - laico.lvs.attributes
  - laico.lvs.attributes.idempotent
  - laico.lvs.attributes.action_group
options:
  name:
    description: The director's name to heartbeat, what C(uname -n) prints there.
    type: str
    required: true
  links:
    description:
      - The links to it, the whole list; a link that is left out goes. Required when O(state=present).
    type: list
    elements: dict
    suboptions:
      type:
        description: Unicast, multicast or broadcast.
        type: str
        choices: [ucast, mcast, bcast]
        default: ucast
      interface:
        description: The interface of this host that the link uses.
        type: str
        required: true
      address:
        description: The director's address on this link. Required for unicast.
        type: str
      group:
        description: The multicast group. Required for multicast.
        type: str
      port:
        description: The UDP port, by default the C(udpport) of the file.
        type: int
      ttl:
        description: The time to live of multicast datagrams.
        type: int
        default: 1
  config_file:
    description: The file to write.
    type: path
    default: /etc/ha.d/ha.cf
  state:
    description: With V(absent) the director's section is removed.
    type: str
    choices: [present, absent]
    default: present
notes:
  - The running agent reads the file when it is reloaded (C(lvsctl reload)).
"""

EXAMPLES = r"""
- name: Name a director that is reached by two links
  laico.lvs.heartbeat_peer:
    name: laicoy
    links:
      - {type: ucast, interface: eth0, address: 192.0.2.12}
      - {type: mcast, interface: eth1, group: 239.0.0.1, port: 694}
"""

RETURN = r"""
lines:
  description: The lines of this director's section.
  type: list
  elements: str
  returned: success
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._deploy.files import WantedFile, ensure_files, mode_of, read_text
from ..module_utils._deploy.outcome import Outcome
from ..module_utils._deploy.peer_checks import check_own_lines, check_peer
from ..module_utils._deploy.peers import (
    PeerLink,
    link_of,
    set_peer,
    split_sections,
)
from ..module_utils._deploy.run import finish
from ..module_utils._deploy.setup_arguments import LINK

SPEC = {
    "name": {"type": "str", "required": True},
    "links": {"type": "list", "elements": "dict", "options": LINK},
    "config_file": {"type": "path", "default": "/etc/ha.d/ha.cf"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def _links(params: dict[str, Any]) -> list[PeerLink] | None:
    if params["state"] == "absent":
        return None
    return [link_of(link) for link in params["links"]]


def ensure(params: dict[str, Any], is_check: bool) -> Outcome:
    """Set or remove the director's section."""
    name, path = params["name"].lower(), params["config_file"]
    links = _links(params)
    if links is not None:
        check_peer(name, links)
    before = read_text(path)
    check_own_lines(split_sections(before or "")[0], path)
    after = set_peer(before or "", name, links)
    if before is None and links is None:
        return Outcome(values={"lines": []})
    outcome = ensure_files([WantedFile(path, after, mode_of(path) or 0o644)], [], is_check)
    outcome.values = {"lines": split_sections(after)[1].get(name, [])}
    return outcome


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec=SPEC, supports_check_mode=True, required_if=[("state", "present", ("links",))]
    )
    finish(module, lambda: ensure(module.params, module.check_mode))


if __name__ == "__main__":
    main()
