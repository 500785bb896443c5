#!/usr/bin/env python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take a few collections out of the wheel of PyPI's `ansible` package, without Ansible Galaxy.

    vendor_collections.py WHEEL FOLDER NAMESPACE.NAME...

Each, and what it depends on, lands in FOLDER/ansible_collections/NAMESPACE/NAME, where
COLLECTIONS_PATH finds it.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path


def vendor(wheel: Path, folder: Path, names: Sequence[str]) -> list[str]:
    """Unpack the collections and those that they depend on; those that the wheel does not have."""
    with zipfile.ZipFile(wheel) as archive:
        wanted, missing = list(names), []
        for name in wanted:  # grows by what each depends on
            prefix = f"ansible_collections/{name.replace('.', '/')}/"
            members = [member for member in archive.namelist() if member.startswith(prefix)]
            archive.extractall(folder, members)
            if not members:
                missing.append(name)
                continue
            about = json.loads(archive.read(f"{prefix}MANIFEST.json"))["collection_info"]
            wanted += [each for each in about["dependencies"] if each not in wanted]
    return missing


def main(argv: Sequence[str]) -> int:
    if len(argv) < 3:
        sys.stderr.write("usage: vendor_collections.py WHEEL FOLDER NAMESPACE.NAME...\n")
        return 2
    wheel, folder, *names = argv
    missing = vendor(Path(wheel), Path(folder), names)
    if missing:
        sys.stderr.write(f"vendor_collections: {wheel} has no {', '.join(missing)}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
