"""Numbers and addresses that identify somebody, found in texts by rules; numbers of mathematics are left alone.

A number is taken for one that identifies by its form (a telephone number with its prefix, a date with a year), or by
the word before it (`id`, `zip code`, `phone`). A long number by itself is one, but not beside a sign of arithmetic, and
not a round one. The rules know English and the forms of a few countries.
"""

from __future__ import annotations

import re

SHOWN = "[number]"
"""What stands for such a number."""

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_STREET = r"(?:Street|Road|Avenue|Lane|Drive|Boulevard|Close|Court)"
_PROPER = r"[^\W\d_a-z][^\W\d_]*"
_YEAR = r"(?:19|20)\d\d"
_BARE = re.compile(
    r"https?://\S+[^\s.,;:!?)]|\bwww\.[\w-]+(?:\.[\w-]+)+(?:/\S*[^\s.,;:!?)])?"  # a page
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an address of mail
    r"|(?<![\w/])@\w{3,}"  # a handle
    r"|(?<![\w.])\+\d{1,3}(?=(?:\W{0,2}\d){7})[ /-]?\(?\d{1,5}\)?(?:[ /-]?\d{2,5}){1,5}(?!\w)"  # telephone, abroad
    r"|(?<![\w.])(?=(?:\W{0,2}\d){9})\(\d{2,5}\)[ -]?\d{2,4}(?:[ -]\d{2,4}){1,3}(?!\w)"  # its prefix in parentheses
    r"|(?<![\w.-])0\d{1,4}[ /-](?=(?:\W?\d){6})\d{2,4}(?:[ -]?\d{2,4}){1,3}(?!\w)"  # with a 0
    r"|(?<![\w.])0\d{9,11}(?!\w)"
    r"|(?<![\w.-])\d{3}([-. ])\d{3}\1\d{4}(?![\w-])|(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])"  # or social security
    r"|(?<![\w.-])(?:\d{4}[ -]){3}\d{4}(?![\w-])"  # a card
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\d)"  # a machine
    rf"|(?<![\w.,])\d{{1,2}}[/.]\d{{1,2}}[/.]{_YEAR}(?!\w)|(?<!\w){_YEAR}-\d\d-\d\d(?!\w)"  # a date
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+{_YEAR}\b"
    rf"|\b\d{{1,4}}\s+{_PROPER}(?:\s+{_PROPER})?\s+{_STREET}\b")
_LONG = re.compile(r"(?<![\w.,])(?<![-+*/×·÷=^<>(] )(?<![-+*/×·÷=^<>(])(?!\d+0000\b)\d{8,}"
                   r"(?![\w.,]\d)(?!\w)(?!\s?[-+*/×·÷=^<>])")
_CALLED = re.compile(
    r"\b((?:(?:student|pupil|account|member|card|passport|registration|login)\s+(?:id|number|no\.?)|ids?|zip(?:\s?code)?|"
    r"postal\s?code|post\s?code|pass(?:word|code)s?|user\s?name|p\.?\s?o\.?\s?box)(?:\s{1,3}(?:is|was|are))?\s{0,3}[:#=]?\s{0,3})"
    r"(?=[\w-]*\d)[\w-]{3,}", re.IGNORECASE)
_PHONED = re.compile(r"\b((?:phone|telephone|cell|mobile|tel|call|text|ring|fax)\b[^\d\n]{0,30})"
                     r"(?=(?:\D{0,2}\d){7})\+?\(?\d[\d ()./-]{4,}\d(?!\w)", re.IGNORECASE)


def without(text: str) -> str:
    """The text with `[number]` for numbers and addresses that identify somebody."""
    if not any(sign in text for sign in "@.") and not any(sign.isdigit() for sign in text):
        return text
    text = _PHONED.sub(rf"\1{SHOWN}", _CALLED.sub(rf"\1{SHOWN}", text))
    return _LONG.sub(SHOWN, _BARE.sub(SHOWN, text))
