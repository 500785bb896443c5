# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The on-host package as this control node has it, from a checkout or an installed tarball."""

from __future__ import annotations

import base64
from pathlib import Path

from ansible_collections.laico.lvs.plugins.module_utils._deploy.package import build_archive

SOURCE = Path(__file__).resolve().parents[1] / "module_utils" / "_lvs"


def package_arguments() -> dict[str, str]:
    """Return the modules' options ``digest`` and ``archive``."""
    digest, archive = build_archive(SOURCE)
    return {"digest": digest, "archive": base64.b64encode(archive).decode("ascii")}
