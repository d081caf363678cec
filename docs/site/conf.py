"""Sphinx's settings: the pages of `docs` as they are, in GitHub's Markdown, with `.ped` in colour and no net.

`make docs` builds the site; a warning, such as a link that leads nowhere, ends the build.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from docs.site import navigation, railroad, syntax  # noqa: E402
from grammar import ebnf  # noqa: E402
from pedalang.highlight.lexer import PedalangLexer  # noqa: E402

DIAGRAM = re.compile(r"^<!-- railroad (\w+) -->$", re.MULTILINE)
GRAMMAR = ebnf.load()

project = "Pedalang"
author = "The Pedalang contributors"
html_title = "Pedalang"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["site"]
nitpicky = True

myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f4e5f", "color-brand-content": "#1f6f8b"},
    "dark_css_variables": {"color-brand-primary": "#e0a458", "color-brand-content": "#7fc4d9"},
}
pygments_style = "default"
pygments_dark_style = "github-dark"
suppress_warnings = ["misc.highlighting_failure"]


def add_contents(app: Sphinx, docname: str, content: list[str]) -> None:
    """Puts lists and diagrams where a page wants them, and the navigation behind the pages that lead to others."""
    lists = navigation.with_lists(docname, content[0])
    content[0] = DIAGRAM.sub(lambda found: diagram(found[1]), lists) + navigation.hidden_tables(docname)


def diagram(rule: str) -> str:
    """A rule's railroad diagram, as HTML in the page; names lead to the rules that they stand for."""
    shown = {name for name in GRAMMAR.rules if syntax.shown(GRAMMAR, name)}
    return f'<figure class="railroad">{railroad.diagram(syntax.ways(GRAMMAR, rule), shown)}</figure>\n'



def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_lexer("ped", PedalangLexer)
    app.add_lexer("clause", PedalangLexer)
    app.add_lexer("ebnf", TextLexer)
    app.connect("source-read", add_contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
