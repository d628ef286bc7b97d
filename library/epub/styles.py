"""Keeps of an EPUB's styles what helps reading, and confines it to the chapter: properties and values by allow-list.

Colours and line heights are the hub's own, since a book's would be unreadable in the dark or for weak eyes.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import tinycss2

from library.epub.allowed import TEXT_PROPERTIES

SCOPE: Final = ".chapter"
LARGEST_STYLES: Final = 512 * 1024
"""Bytes of all style sheets of one EPUB that are read."""
_DEEPEST: Final = 8
_FUNCTIONS: Final = frozenset({"rgb", "rgba", "hsl", "hsla", "calc"})
_SPECIAL: Final = frozenset("<>\\{}()@:;/")
"""Letters that mean something elsewhere in a page or style; in names and strings nobody needs them."""
_FACE_DESCRIPTORS: Final = frozenset({"font-family", "font-style", "font-weight", "unicode-range"})
_SIZE_UNITS: Final = frozenset({"em", "rem"})
_SMALLEST_SIZE: Final = 0.8

Fetch = Callable[[str], str | None]
"""Gives the address of a font, or None."""


class Styles:
    """Cleans style sheets.

    Args:
        font: the address below which a font is served, for a reference as the style sheet writes it; None where it is
            not in the book.
        sheet: the text of another style sheet that is imported, and how references in it are resolved.
        scope: a selector that all rules are confined to; empty for a drawing, which is a document of its own.
        properties: what may be set.
        families: fonts that the book brings, filled while style sheets are read; all others are the hub's.
    """

    def __init__(
        self,
        font: Fetch = lambda reference: None,
        sheet: "Callable[[str], tuple[str, Styles] | None]" = lambda reference: None,
        scope: str = SCOPE,
        properties: frozenset[str] = TEXT_PROPERTIES,
        families: set[str] | None = None,
    ) -> None:
        self._families = set() if families is None else families
        self._font = font
        self._sheet = sheet
        self._scope = scope
        self._properties = properties

    def clean(self, text: str, depth: int = 0) -> str:
        """The style sheet with only what is allowed."""
        rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        return "\n".join(filter(None, (self._rule(rule, depth) for rule in rules)))

    def clean_declarations(self, text: str) -> str:
        """The content of a ``style`` attribute with only what is allowed."""
        return self._declarations(tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True))

    def _rule(self, rule: Any, depth: int) -> str:
        if depth > _DEEPEST:
            return ""
        if rule.type == "qualified-rule":
            selectors, body = self._selectors(rule.prelude), rule.content
            declared = self._declarations(
                tinycss2.parse_blocks_contents(body, skip_comments=True, skip_whitespace=True)
            )
            return f"{selectors}{{{declared}}}" if selectors and declared else ""
        if rule.type != "at-rule":
            return ""
        if rule.lower_at_keyword == "import" and rule.content is None:
            return self._imported(rule.prelude, depth)
        if rule.lower_at_keyword == "media" and rule.content is not None and _is_harmless(rule.prelude):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            rules = "\n".join(filter(None, (self._rule(each, depth + 1) for each in inner)))
            return f"@media {tinycss2.serialize(rule.prelude).strip()}{{{rules}}}" if rules else ""
        if rule.lower_at_keyword == "font-face" and rule.content is not None:
            return self._face(rule.content)
        return ""

    def _imported(self, prelude: Any, depth: int) -> str:
        reference = next((token.value for token in prelude if token.type in {"string", "url"}), None)
        found = self._sheet(reference) if reference else None
        return found[1].clean(found[0], depth + 2) if found else ""

    def _selectors(self, prelude: Any) -> str:
        """Each selector of a rule, confined to the scope; none where one is not of plain tokens."""
        if not _is_harmless(prelude, brackets=True):
            return ""
        groups: list[list[Any]] = [[]]
        for part in prelude:
            if part == ",":
                groups.append([])
            else:
                groups[-1].append(part)
        written = [tinycss2.serialize(group).strip() for group in groups]
        if not all(written):
            return ""
        if not self._scope:
            return ",".join(written)
        return ",".join(self._confined(group) for group in groups)

    def _confined(self, group: list[Any]) -> str:
        """One selector below the scope; what it says of the page as a whole is said of the scope."""
        tokens = [token for token in group if token.type != "comment"]
        while tokens and (tokens[0].type == "whitespace" or tokens[0] == ">"):
            tokens.pop(0)
        if tokens and tokens[0].type == "ident" and tokens[0].lower_value in {"html", "body"}:
            rest = tinycss2.serialize(tokens[1:]).lstrip(" >")
            return (
                f"{self._scope} {rest}" if rest.strip() and not rest.startswith((".", "#", ":", "[")) else self._scope
            )
        return f"{self._scope} {tinycss2.serialize(tokens).strip()}"

    def _declarations(self, parts: Iterable[Any]) -> str:
        kept = []
        for part in parts:
            if part.type != "declaration" or part.lower_name not in self._properties or not _is_harmless(part.value):
                continue
            if part.lower_name == "font-size" and self._scope and not _is_readable(part.value):
                continue
            if part.lower_name == "font-family" and self._scope and _family(part.value) not in self._families:
                continue
            kept.append(f"{part.lower_name}:{tinycss2.serialize(part.value).strip()}")
        return ";".join(kept)

    def _face(self, content: Any) -> str:
        parts = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
        kept, source, name = [], "", ""
        for part in parts:
            if part.type != "declaration":
                continue
            if part.lower_name in _FACE_DESCRIPTORS and _is_harmless(part.value):
                kept.append(f"{part.lower_name}:{tinycss2.serialize(part.value).strip()}")
                name = _family(part.value) if part.lower_name == "font-family" else name
            elif part.lower_name == "src":
                source = next(filter(None, map(self._font, _references(part.value))), source)
        if not source or not name:
            return ""
        self._families.add(name)
        return f"@font-face{{{';'.join(kept)};src:url({source})}}"


def _family(value: Iterable[Any]) -> str:
    """The first font that a declaration names."""
    words: list[str] = []
    for part in value:
        if part.type in {"string", "ident"}:
            words.append(part.value)
        elif part == ",":
            break
    return " ".join(words).casefold()


def _references(tokens: Iterable[Any]) -> Iterable[str]:
    for token in tokens:
        if token.type == "url":
            yield token.value
        elif token.type == "function" and token.lower_name == "url":
            yield from (inner.value for inner in token.arguments if inner.type == "string")


def _is_harmless(tokens: Iterable[Any], *, brackets: bool = False, depth: int = 0) -> bool:
    """Whether nothing among these tokens can ask for anything, or end the rule they stand in."""
    for token in tokens:
        if token.type in {"url", "error", "{} block", "at-keyword", "unicode-range"} or depth > _DEEPEST:
            return False
        if token.type == "literal" and token.value in {"{", "}", ";", "<!--", "-->", "<", "!"}:
            return False
        if token.type == "function":
            allowed = brackets or token.lower_name in _FUNCTIONS
            if not allowed or not _is_harmless(token.arguments, brackets=brackets, depth=depth + 1):
                return False
        if token.type in {"() block", "[] block"} and not _is_harmless(
            token.content, brackets=brackets, depth=depth + 1
        ):
            return False
        if token.type in {"string", "ident", "hash"} and not _SPECIAL.isdisjoint(token.value):
            return False
    return True


def _is_readable(value: Iterable[Any]) -> bool:
    """Whether letters of this size can be read: sizes that follow the reader's own, and not much below it."""
    for token in value:
        if token.type == "dimension" and (token.lower_unit not in _SIZE_UNITS or token.value < _SMALLEST_SIZE):
            return False
        if token.type == "percentage" and token.value < _SMALLEST_SIZE * 100:
            return False
        if token.type in {"number", "function"} or (token.type == "ident" and token.lower_value in _TINY):
            return False
    return True


_TINY: Final = frozenset({"xx-small", "x-small", "small"})
