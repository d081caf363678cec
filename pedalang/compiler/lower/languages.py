"""Which language a program or a role is in."""

from __future__ import annotations

from collections.abc import Iterable

from pedalang.compiler.lower import fields
from pedalang.compiler.lower.layers import Layer
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean, near
from pedalang.expression import locales


def of_program(module: tree.Module, scope: Scope) -> str:
    """The tag that stands behind a file's edition, or an empty text."""
    found = module.edition.language if module.edition is not None else None
    if found is None:
        return ""
    if found.key.text != "language":
        scope.error("PED0210", found.key, f"a program has no field `{found.key.text}`",
                    did_you_mean(found.key.text, ("language",), "its fields are"))
        return ""
    return _checked(texts.plain(scope.module.source, found.tag), found.tag, scope)


def of_role(layers: Iterable[Layer], scope: Scope) -> str:
    """The tag of the youngest layer that names one, else that of the program."""
    found = scope.language
    for layer in layers:
        inner = scope.of_module(layer.found.module)
        for item in layer.found.decl.items:
            if isinstance(item, tree.Field) and item.key.text == "language":
                found = _checked(fields.string(item, inner), item.value, inner)
    return found


def _checked(tag: str, at: tree.Node, scope: Scope) -> str:
    """The tag, or an empty text after a mistake."""
    if not tag or locales.is_tag(tag):
        return tag
    names = {locale.name: each for each, locale in locales.TABLE.items() if "-" not in each}
    name = near(tag.title(), names)
    scope.error("PED0309", at, f"`{tag}` is no tag of a language",
                f"write `\"{names[name]}\"` for {name}" if name else "write for example `\"de\"` or `\"pt-BR\"`")
    return ""
