"""Reads a warning from bytes that nobody vouches for, and says everything that is wrong with it at once.

The limits come first: size, letters, no document type (and so no entities), depth. Then the form, element by element;
the tests hold it against the published schema. The parser fetches nothing and expands nothing. What stands in an XML
signature inside the message is left alone: the signature that counts covers the bytes (`player.alerts.cap_judging`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Final

from lxml import etree

from player.alerts import cap_values
from player.alerts.cap import (
    NAMESPACE,
    Alert,
    Area,
    Audience,
    Category,
    Certainty,
    Identity,
    Info,
    MsgType,
    Named,
    Resource,
    ResponseType,
    Severity,
    Status,
    Urgency,
)
from player.alerts.cap_refusal import MOST_BYTES, MOST_PROBLEMS, AlertRefusedError
from player.errors import Sentence

MOST_DEEP: Final = 16
MOST_OF_ONE: Final = 100
_DECLARED: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)["']""")
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_SCHEMA_PLACE: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

_Reader = Callable[[Any, str, "_Complaints"], Any]
_Values = dict[str, list[Any]]


@dataclass(slots=True)
class _Complaints:
    """What is wrong, gathered while reading."""

    found: list[Sentence] = field(default_factory=list)

    def add(self, element: Any, place: str, problem: str) -> None:
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(
                Sentence(
                    "Line %(line)d, %(place)s: %(problem)s.", line=element.sourceline, place=place, problem=problem
                )
            )


@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of element inside another: how often it may stand there, and who reads it."""

    name: str
    reader: _Reader
    least: int = 0
    most: int = 1


def read_alert(message: bytes) -> Alert:
    """Read a CAP 1.2 message.

    Args:
        message: the bytes as they came.

    Raises:
        AlertRefusedError: it is none; every problem is named.
    """
    root = _parsed(message)
    complaints = _Complaints()
    if root.tag != f"{{{NAMESPACE}}}alert":
        complaints.add(root, "alert", Sentence("the message must be an <alert> of CAP 1.2"))
        raise AlertRefusedError(tuple(complaints.found))
    values = _children(root, "alert", _ALERT, complaints, signed=True)
    if values.get("msgType", [None])[0] not in {None, MsgType.ALERT} and not values.get("references", [()])[0]:
        complaints.add(root, "alert", Sentence("it must name, in <references>, the messages that it is about"))
    if complaints.found:
        raise AlertRefusedError(tuple(complaints.found))
    return _alert(values)


def _parsed(message: bytes) -> Any:
    if len(message) > MOST_BYTES:
        raise _refused(Sentence("it is larger than %(most)d kB", most=MOST_BYTES // 1024))
    if b"<!DOCTYPE" in message or b"<!ENTITY" in message:
        raise _refused(Sentence("it brings a document type or entities, which a warning has no use for"))
    declared = _DECLARED.match(message)
    if declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise _refused(Sentence("its letters are not UTF-8"))
    try:
        message.decode("utf-8")
        parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        root = etree.fromstring(message, parser)
    except UnicodeDecodeError:
        raise _refused(Sentence("its letters are not UTF-8")) from None
    except (etree.LxmlError, ValueError) as error:
        raise _refused(Sentence("it is no XML (%(reason)s)", reason=str(error)[:200])) from None
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEEP:
            raise _refused(Sentence("its elements lie in each other more than %(most)d deep", most=MOST_DEEP))
    return root


def _refused(problem: Sentence) -> AlertRefusedError:
    return AlertRefusedError((problem,))


def _children(
    element: Any, place: str, parts: tuple[_Part, ...], complaints: _Complaints, *, signed: bool = False
) -> _Values:
    """Read what stands in an element, in the order of its parts."""
    _check_attributes(element, place, complaints)
    if (element.text or "").strip(" \t\n\r") or any((child.tail or "").strip(" \t\n\r") for child in element):
        complaints.add(element, place, Sentence("text stands between the elements"))
    numbers = {part.name: number for number, part in enumerate(parts)}
    values: _Values = {}
    reached = 0
    for child in element:
        space, _, name = child.tag.removeprefix("{").rpartition("}")
        if signed and space == _SIGNATURE:
            reached = len(parts)
            _check_signature(child, complaints)
            continue
        number = numbers.get(name) if space == NAMESPACE else None
        if number is None:
            complaints.add(child, place, Sentence("<%(name)s> does not belong here", name=name[:40]))
            continue
        if number < reached:
            complaints.add(child, place, Sentence("<%(name)s> stands too late", name=name))
        reached = max(reached, number)
        met = values.setdefault(name, [])
        if len(met) == parts[number].most:
            complaints.add(child, place, Sentence("there are too many <%(name)s>", name=name))
        if len(met) < parts[number].most:
            inside = f"{place}/{name}[{len(met) + 1}]" if parts[number].most > 1 else f"{place}/{name}"
            met.append(parts[number].reader(child, inside, complaints))
    for part in parts:
        if len(values.get(part.name, [])) < part.least:
            complaints.add(element, place, Sentence("<%(name)s> is missing", name=part.name))
    return values


def _check_attributes(element: Any, place: str, complaints: _Complaints) -> None:
    for name in element.attrib:  # without values: lxml searches for each from the first attribute on
        if name != _SCHEMA_PLACE or len(element.get(name).split()) % 2:
            complaints.add(element, place, Sentence("the attribute %(name)s does not belong here", name=name[:60]))


def _check_signature(signature: Any, complaints: _Complaints) -> None:
    for element in signature.iter():
        if element is not signature and element.tag.startswith(f"{{{NAMESPACE}}}"):
            complaints.add(element, "alert/Signature", Sentence("a part of a warning does not belong in a signature"))
        if any(name.startswith("{http://www.w3.org/2001/XMLSchema-instance}") for name in element.attrib):
            complaints.add(element, "alert/Signature", Sentence("an attribute of schemas does not belong here"))


def _value(convert: Callable[[str], Any], element: Any, place: str, complaints: _Complaints) -> Any:
    """Read an element that holds nothing but text; None where it is wrong."""
    _check_attributes(element, place, complaints)
    if len(element):
        complaints.add(element, place, Sentence("only text may stand here"))
        return None
    try:
        return convert(element.text or "")
    except ValueError as error:
        complaints.add(element, place, error.args[0])
        return None


def _choice(choices: type[StrEnum]) -> _Reader:
    def convert(value: str) -> StrEnum:
        try:
            return choices(value)
        except ValueError:
            listed = ", ".join(choices)
            raise ValueError(Sentence("%(value)r must be one of %(listed)s", value=value[:40], listed=listed)) from None

    return partial(_value, convert)


def _text(most: int) -> _Reader:
    def convert(value: str) -> str:
        if len(value) > most:
            raise ValueError(Sentence("at most %(most)d letters may stand here", most=most))
        return cap_values.text(value)

    return partial(_value, convert)


def _said(most: int) -> _Reader:
    def convert(value: str) -> str:
        found = cap_values.text(value)
        if not 0 < len(found) <= most:
            raise ValueError(Sentence("1 to %(most)d letters must stand here", most=most))
        return found

    return partial(_value, convert)


def _whole(
    parts: tuple[_Part, ...],
    build: Callable[[_Values], Any],
    element: Any,
    place: str,
    complaints: _Complaints,
) -> Any:
    """Read an element that holds others; None where something in it is wrong."""
    before = len(complaints.found)
    values = _children(element, place, parts, complaints)
    return build(values) if len(complaints.found) == before < MOST_PROBLEMS else None


def _one(values: _Values, name: str, default: Any = "") -> Any:
    return values.get(name, [default])[0]


def _all(values: _Values, name: str) -> tuple[Any, ...]:
    return tuple(values.get(name, ()))


def _named(values: _Values) -> Named:
    return Named(_one(values, "valueName"), _one(values, "value"))


def _resource(values: _Values) -> Resource:
    return Resource(
        description=_one(values, "resourceDesc"),
        mime_type=_one(values, "mimeType"),
        size=_one(values, "size", None),
        uri=_one(values, "uri"),
        has_content=bool(_one(values, "derefUri")),
        digest=_one(values, "digest"),
    )


def _area(values: _Values) -> Area:
    return Area(
        description=_one(values, "areaDesc"),
        polygons=_all(values, "polygon"),
        circles=_all(values, "circle"),
        geocodes=_all(values, "geocode"),
        altitude=_one(values, "altitude", None),
        ceiling=_one(values, "ceiling", None),
    )


def _info(values: _Values) -> Info:
    return Info(
        language=_one(values, "language", "en-us"),
        categories=_all(values, "category"),
        event=_one(values, "event"),
        responses=_all(values, "responseType"),
        urgency=_one(values, "urgency"),
        severity=_one(values, "severity"),
        certainty=_one(values, "certainty"),
        audience=_one(values, "audience"),
        event_codes=_all(values, "eventCode"),
        effective=_one(values, "effective", None),
        onset=_one(values, "onset", None),
        expires=_one(values, "expires", None),
        sender_name=_one(values, "senderName"),
        headline=_one(values, "headline"),
        description=_one(values, "description"),
        instruction=_one(values, "instruction"),
        web=_one(values, "web"),
        contact=_one(values, "contact"),
        parameters=_all(values, "parameter"),
        resources=_all(values, "resource"),
        areas=_all(values, "area"),
    )


def _alert(values: _Values) -> Alert:
    return Alert(
        identity=Identity(_one(values, "sender"), _one(values, "identifier"), _one(values, "sent")),
        status=_one(values, "status"),
        msg_type=_one(values, "msgType"),
        source=_one(values, "source"),
        scope=_one(values, "scope"),
        restriction=_one(values, "restriction"),
        addresses=_one(values, "addresses"),
        codes=_all(values, "code"),
        note=_one(values, "note"),
        references=_one(values, "references", ()),
        incidents=_one(values, "incidents"),
        infos=_all(values, "info"),
    )


_SHORT: Final = _text(1000)
_LONG: Final = _text(20_000)
_TIME: Final = partial(_value, cap_values.moment)
_NAME: Final = partial(_value, cap_values.name)
_PAIR: Final = partial(_whole, (_Part("valueName", _SHORT, 1), _Part("value", _SHORT, 1)), _named)
_RESOURCE: Final = (
    _Part("resourceDesc", _SHORT, 1),
    _Part("mimeType", _SHORT, 1),
    _Part("size", partial(_value, cap_values.size)),
    _Part("uri", partial(_value, cap_values.address)),
    _Part("derefUri", _text(MOST_BYTES)),
    _Part("digest", _SHORT),
)
_AREA: Final = (
    _Part("areaDesc", _LONG, 1),
    _Part("polygon", partial(_value, cap_values.polygon), most=MOST_OF_ONE),
    _Part("circle", partial(_value, cap_values.circle), most=MOST_OF_ONE),
    _Part("geocode", _PAIR, most=MOST_OF_ONE),
    _Part("altitude", partial(_value, cap_values.height)),
    _Part("ceiling", partial(_value, cap_values.height)),
)
_INFO: Final = (
    _Part("language", partial(_value, cap_values.language)),
    _Part("category", _choice(Category), 1, MOST_OF_ONE),
    _Part("event", _said(1000), 1),
    _Part("responseType", _choice(ResponseType), most=MOST_OF_ONE),
    _Part("urgency", _choice(Urgency), 1),
    _Part("severity", _choice(Severity), 1),
    _Part("certainty", _choice(Certainty), 1),
    _Part("audience", _SHORT),
    _Part("eventCode", _PAIR, most=MOST_OF_ONE),
    _Part("effective", _TIME),
    _Part("onset", _TIME),
    _Part("expires", _TIME),
    _Part("senderName", _SHORT),
    _Part("headline", _SHORT),
    _Part("description", _LONG),
    _Part("instruction", _LONG),
    _Part("web", partial(_value, cap_values.address)),
    _Part("contact", _SHORT),
    _Part("parameter", _PAIR, most=MOST_OF_ONE),
    _Part("resource", partial(_whole, _RESOURCE, _resource), most=MOST_OF_ONE),
    _Part("area", partial(_whole, _AREA, _area), most=MOST_OF_ONE),
)
_ALERT: Final = (
    _Part("identifier", _NAME, 1),
    _Part("sender", _NAME, 1),
    _Part("sent", _TIME, 1),
    _Part("status", _choice(Status), 1),
    _Part("msgType", _choice(MsgType), 1),
    _Part("source", _SHORT),
    _Part("scope", _choice(Audience), 1),
    _Part("restriction", _SHORT),
    _Part("addresses", _LONG),
    _Part("code", _SHORT, most=MOST_OF_ONE),
    _Part("note", _LONG),
    _Part("references", partial(_value, cap_values.references)),
    _Part("incidents", _LONG),
    _Part("info", partial(_whole, _INFO, _info), most=20),
)
