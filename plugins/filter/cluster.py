# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``laico.lvs.cluster``: what a host derives from the ``lvs_*`` variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import LvsError
from ansible_collections.laico.lvs.plugins.plugin_utils._derive import derive
from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory

DOCUMENTATION = r"""
name: cluster
short_description: Derive vips, groups, services and nodes from the inventory (internal)
version_added: 0.1.0
description:
  - Used by the roles and playbooks of this collection. Turns the facts of the cluster,
    which stand once in the inventory as C(lvs_*), into the lists that the roles' templates print.
  - Internal to the collection, what it returns may change in any release.
author:
  - laico.lvs authors (@laico)
positional: groups, host, links
options:
  _input:
    description: The variable C(hostvars).
    type: dict
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
  host:
    description: The host to derive for.
    type: str
    required: true
  links:
    description: The heartbeat links of that host; with them C(nodes) is derived too.
    type: list
    elements: dict
"""

EXAMPLES = r"""
- name: Show the groups
  ansible.builtin.debug:
    msg: "{{ (hostvars | laico.lvs.cluster(groups, inventory_hostname)).groups }}"
"""

RETURN = r"""
_value:
  description: A mapping with vips, groups, services and nodes.
  type: dict
"""


def cluster(
    hostvars: Mapping[str, Any],
    groups: Mapping[str, Sequence[str]],
    host: str,
    links: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return what ``derive`` makes of the inventory; its sentence becomes the task's failure."""
    try:
        return derive(Inventory(hostvars, groups), host, links)
    except LvsError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The collection's filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name -> function."""
        return {"cluster": cluster}
