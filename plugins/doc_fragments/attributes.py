# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of every module of this collection says alike."""

from __future__ import annotations


class ModuleDocFragment:
    """`laico.lvs.attributes`; each module gives the support of check and diff mode itself."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and tell what would be changed, without changing it.
  diff_mode:
    description: Tells what has changed, or in check mode would be changed, when in diff mode.
  platform:
    description: The hosts that this module runs on.
    platforms: linux
    support: full
requirements:
  - Python 3.9 or later on the host
"""

    # Of modules that change something.
    IDEMPOTENT = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    description: Run again with the same options, it changes nothing.
    support: full
"""

    # Of modules that only read.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module changes nothing.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    description: Run again with the same options, it changes nothing.
    support: full
    details:
      - This module changes nothing.
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/laico.lvs.lvs) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - laico.lvs.lvs
"""
