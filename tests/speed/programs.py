"""Programs of any length: a small one with nearly every construct, as many times as wanted, its names numbered."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LESSON = Path(__file__).resolve().parents[1] / "compiler" / "lesson.ped"
KINDS = ("type|enum|let|def|move|moves|misconception|role|student|predicate|flow|contract|rubric|dataset|model|run"
         "|observe")


@cache
def program(lines: int) -> str:
    """A program without mistakes, of so many lines or some more."""
    text = LESSON.read_text(encoding="utf-8")
    head = re.findall(r"^(?:pedalang|from|import) .*\n", text, re.MULTILINE)
    body = re.sub(r"^(?:pedalang|from|import|//!) ?.*\n|^rubric Basis(?:.*\n)*?}\n", "", text, flags=re.MULTILINE)
    body = body.replace(" extends Basis(sum)", "")
    names = re.findall(rf"^(?:{KINDS}) (\w+)", body, re.MULTILINE)
    uses = re.compile(rf"(?<![\w.\"])(?:{'|'.join(names)})\b(?!:)|(?<=^let )goal", re.MULTILINE)
    copies = -(-lines // body.count("\n"))
    return "".join([*head, *(uses.sub(lambda found, n=n: f"{found[0]}_{n}", body) for n in range(copies))])


def without_contracts(text: str) -> str:
    """A program of these without its contracts, and without what names them."""
    return re.sub(r"^contract(?:.*\n)*?}\n|^  obeys .*\n|^  criterion \w+ .*by contract.*\n|^  check: .*\n", "", text,
                  flags=re.MULTILINE)
