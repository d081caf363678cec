"""A sheet as one HTML page that needs nothing else, neither a network nor a server.

What was said stands in the page as data, and its script puts it there as text, never as markup. The page may load and
send nothing: its policy allows only its own script and style, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import html
from pathlib import Path
from string import Template

import msgspec

from pedalang.rating.items import Item, Question
from pedalang.rating.sheets import Sheet

_ASSETS = Path(__file__).parent / "assets"


def written(sheet: Sheet) -> bytes:
    """The page of a rater. The same sheet gives the same bytes."""
    script, style = _asset("page.js"), _asset("page.css")
    text = Template(_asset("page.html")).substitute(
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; "
               "form-action 'none'",
        script=script, style=style, data=_data(sheet), rater=html.escape(sheet.rater))
    return text.encode("utf-8", "replace")


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(sheet: Sheet) -> str:
    """The sheet as JSON in which nothing can end the element that holds it."""
    scales: dict[str, Question] = {}
    for item in sheet.items:
        for question in item.questions:
            scales.setdefault(question.criterion, question)
    found = {
        "sheet": _name(sheet), "rater": sheet.rater,
        "scales": {name: [[level.value, level.label, level.text] for level in each.levels]
                   for name, each in scales.items()},
        "items": [_item(item) for item in sheet.items],
    }
    text = msgspec.json.encode(found).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _name(sheet: Sheet) -> str:
    """Under which a browser keeps what was rated: the same sheet once more goes on where it was left."""
    return hashlib.sha256(" ".join((sheet.rater, *(item.name for item in sheet.items))).encode()).hexdigest()[:16]


def _item(item: Item) -> dict[str, object]:
    return {
        "name": item.name,
        "before": [[line.who, line.text] for line in item.before],
        "part": [[line.who, line.text] for line in item.part],
        "questions": [[each.criterion, each.ask] for each in item.questions],
    }
