# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings of the documentation site; scripts/build_site.py calls it."""

from __future__ import annotations

from docutils import nodes  # type: ignore[import-untyped]
from pygments.lexers.special import TextLexer  # type: ignore[import-untyped]
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

project = "laico.lvs"
project_copyright = "the laico.lvs authors"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
html_theme = "alabaster"
html_theme_options = {
    "description": "A highly-available Linux Virtual Server, from bare hosts",
    "fixed_sidebar": True,
    "body_max_width": "920px",
    "page_width": "1240px",
    "sidebar_width": "260px",
}
html_title = "laico.lvs"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
default_role = "any"
pygments_style = "ansible"
myst_heading_anchors = 4

# Kinds of fences that Pygments has no lexer for.
PLAIN_KINDS = ("ha.cf", "haresources", "authkeys", "lvs.cf", "ldirectord.cf", "keepalived.conf")
# Labels of Ansible's own documentation that antsibull-docs refers to: a link for the reader;
# nothing is fetched here.
ANSIBLE_DOCS = "https://docs.ansible.com/ansible/latest/"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def link_to_ansible(
    _app: Sphinx, _environment: object, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Turn a reference to a page of Ansible's own into a link; None for any other."""
    page = ANSIBLE_PAGES.get(str(node["reftarget"]))
    if page is None:
        return None
    return nodes.reference("", "", content, internal=False, refuri=ANSIBLE_DOCS + page)


def setup(app: Sphinx) -> None:
    """Show the field's configuration files as they are."""
    app.connect("missing-reference", link_to_ansible)
    for kind in PLAIN_KINDS:
        app.add_lexer(kind, TextLexer)
