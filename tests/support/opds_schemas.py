"""The published schemas of OPDS 1.2 and 2.0, made ready for the validators that are at hand.

The grammar of OPDS 1.2 is written in RELAX NG's compact syntax and builds on one of Atom, which is not published beside
it; `tests/library/schemas/atom.rnc` stands in for that. rnc2rng knows neither what is excepted from a datatype nor what
an `include` overrides, so these two are carried over by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rnc2rng
from jsonschema import Draft7Validator, FormatChecker
from lxml import etree
from referencing import Registry, Resource

_RNG = "{http://relaxng.org/ns/structure/1.0}"
_ATOM = Path(__file__).resolve().parent.parent / "library" / "schemas" / "atom.rnc"


def beside(project: Path) -> Path:
    """Where the schemas lie beside the project."""
    return project.parent / "shared" / "schemas"


def atom_validator(schemas: Path) -> etree.RelaxNG:
    """Judges OPDS 1.2 feeds and entries."""
    text = (schemas / "opds1" / "opds.rnc").read_text(encoding="utf-8")
    text, excepted = _without_exceptions(text)
    overriding = _grammar(text.replace('include "atom.rnc" {', "div {", 1))
    for name, values in excepted.items():
        (data,) = overriding.iterfind(f".//{_RNG}define[@name='{name}']/{_RNG}data")
        exception = etree.SubElement(data, f"{_RNG}except")
        choice = etree.SubElement(exception, f"{_RNG}choice")
        for value in values:
            etree.SubElement(choice, f"{_RNG}value", type="string", datatypeLibrary="").text = value
    grammar = _grammar(_ATOM.read_text(encoding="utf-8"))
    known = {define.get("name") for define in overriding.iter(f"{_RNG}define")}
    for define in list(grammar.iterfind(f"{_RNG}define")):
        if define.get("name") in known:
            grammar.remove(define)
    for child in overriding:
        grammar.append(child)
    return etree.RelaxNG(etree.fromstring(etree.tostring(grammar)))


def json_validator(schemas: Path, name: str) -> Draft7Validator:
    """Judges OPDS 2.0 documents by one of the schemas, such as ``feed``."""
    documents = {document["$id"]: document for document in _published(schemas)}
    registry: Registry[Any] = Registry().with_resources(
        (address, Resource.from_contents(document)) for address, document in documents.items()
    )
    wanted = documents[f"https://drafts.opds.io/schema/{name}.schema.json"]
    return Draft7Validator(wanted, registry=registry, format_checker=FormatChecker())


def _published(schemas: Path) -> Iterator[dict[str, Any]]:
    for folder in ("opds2", "webpub"):
        for path in sorted((schemas / folder).rglob("*.schema.json")):
            text = path.read_text(encoding="utf-8")
            # Python writes the named groups of ECMA 262 with a P.
            yield json.loads(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", text))


def _grammar(text: str) -> etree._Element:
    written = rnc2rng.dumps(rnc2rng.loads(text)).replace('xmlns:local=""', "")  # "no namespace" needs no prefix
    return etree.fromstring(written.encode())


def _without_exceptions(text: str) -> tuple[str, dict[str, list[str]]]:
    """The grammar without what it excepts from datatypes, and the values that it does, by the name of the pattern."""
    found: dict[str, list[str]] = {}

    def keep(match: re.Match[str]) -> str:
        found[match[1]] = re.findall(r'"([^"]*)"', match[2])
        return f"{match[1]} = string\n"

    text = re.sub(r"(\w+) = string - \(([^)]*)\)", keep, text)
    # The published pattern means "no line feed, no carriage return, no tab", but lacks two of the backslashes.
    unwanted = r"""xsd:anyURI - xsd:string {pattern = '.*[ <>{}|^`"\nrt].*'}"""
    assert unwanted in text
    return text.replace(unwanted, r'xsd:anyURI { pattern = "[^ <>{}|^`\n\r\t]*" }'), found
