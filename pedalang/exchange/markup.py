"""XML as values: an element is a map, or a text where it holds nothing but words.

A map has the element's attributes, each child element in a list under its name (a list though there be one, so that a
file with one answer has the shape of a file with two), and the words beside them, where there are any, as `text`. A
document type is refused, and with it all entities but the five that XML has of its own.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from msgspec import Struct, field

from pedalang.exchange.errors import DataError
from pedalang.expression.values import Value

WORDS = "text"
"""The key of an element's own words, where it holds more than these."""


class _Element(Struct):
    name: str
    attributes: dict[str, str]
    children: dict[str, list[Value]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


class _Reading:
    """The elements that are open, the innermost last. The last one to close is the document's value."""

    def __init__(self, name: str, deepest: int, longest: int) -> None:
        self.name, self.deepest, self.longest = name, deepest, longest
        self.open: list[_Element] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse_type
        self.parser.StartElementHandler = self.begin
        self.parser.CharacterDataHandler = self.say
        self.parser.EndElementHandler = self.end
        self.value: Value = None

    def where(self) -> str:
        return f"`{self.name}`, line {self.parser.CurrentLineNumber}"

    def refuse_type(self, *_: object) -> NoReturn:
        raise DataError("PED0814", f"{self.where()}: a document type, which may declare entities",
                        help="take the `<!DOCTYPE …>` out; a file that needs its entities is read by no program here")

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) == self.deepest:
            raise DataError("PED0805", f"{self.where()}: more than {self.deepest} elements inside one another",
                            help="bring flatter rows")
        self.open.append(_Element(name, attributes))

    def say(self, words: str) -> None:
        self.open[-1].words.append(words)

    def end(self, name: str) -> None:
        value = self.valued(self.open.pop())
        if self.open:
            self.open[-1].children.setdefault(name, []).append(value)
        else:
            self.value = value if isinstance(value, dict) else {WORDS: value}

    def valued(self, element: _Element) -> Value:
        words = "".join(element.words).strip()
        for text in (words, *element.attributes.values()):
            if len(text) > self.longest:
                raise DataError("PED0808", f"{self.where()}: a text of more than {self.longest} characters",
                                help="shorten it")
        if not element.attributes and not element.children:
            return words
        both = element.attributes.keys() & (element.children.keys() | ({WORDS} if words else set()))
        if both:
            raise DataError("PED0805", f"{self.where()}: `{element.name}` has two things that are called "
                            f"`{min(both)}`", help="give the attribute another name")
        told: dict[str, Value] = {**element.attributes}
        told |= {name: tuple(values) for name, values in element.children.items()}
        return {**told, WORDS: words} if words and WORDS not in told else told


def read(text: str, name: str, deepest: int, longest: int) -> dict[str, Value]:
    """The root element of a document as a map. `deepest` elements inside one another, texts of `longest` characters.
    Raises `DataError`."""
    reading = _Reading(name, deepest, longest)
    try:
        reading.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise DataError("PED0805", f"`{name}`, line {error.lineno}: no XML: {expat.ErrorString(error.code)}",
                        help="each `<name>` has its `</name>`; write `&lt;` for `<` and `&amp;` for `&` in texts"
                        ) from None
    return reading.value  # type: ignore[return-value]
