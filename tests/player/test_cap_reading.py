"""Warnings are read as the published schema wants them: what it refuses is refused, what is accepted it accepts."""

from __future__ import annotations

import copy
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cap_samples import CAP, FLOOD, FULL
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from player.alerts import cap_values
from player.alerts.cap import Circle, Identity, MsgType, Named, Point, ResponseType, Severity, Status
from player.alerts.cap_reading import read_alert
from player.alerts.cap_refusal import MOST_BYTES, MOST_PROBLEMS, AlertRefusedError

HANOI = timezone(timedelta(hours=7))


@pytest.fixture(scope="module")
def schema(project: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(project.parent / "shared" / "schemas" / "cap" / "CAP-v1.2.xsd"))


def accepted(message: bytes) -> bool:
    try:
        read_alert(message)
    except AlertRefusedError as error:
        assert 0 < len(error.problems) <= MOST_PROBLEMS
        assert all(error.problems)
        return False
    return True


def problems(message: bytes) -> list[str]:
    with pytest.raises(AlertRefusedError) as refused:
        read_alert(message)
    return list(refused.value.problems)


def test_a_whole_message_becomes_plain_values(schema: etree.XMLSchema) -> None:
    assert schema.validate(etree.fromstring(FULL))
    alert = read_alert(FULL)
    sent = datetime(2026, 11, 25, 18, 0, tzinfo=HANOI)
    assert alert.identity == Identity("pctt@tinh.example", "LU-2026-12", sent)
    assert (alert.status, alert.msg_type) == (Status.ACTUAL, MsgType.UPDATE)
    assert alert.references == (Identity("pctt@tinh.example", "LU-2026-11", sent - timedelta(hours=2)),)
    vietnamese, english = alert.infos
    assert (vietnamese.language, english.language) == ("vi-vn", "en-us")
    assert vietnamese.headline == "Lũ quét đang về, lên chỗ cao ngay"
    assert vietnamese.responses == (ResponseType.EVACUATE, ResponseType.SHELTER)
    assert vietnamese.severity is Severity.EXTREME
    assert vietnamese.expires == sent + timedelta(hours=6)
    (area,) = vietnamese.areas
    assert area.circles == (Circle(Point(21.03, 105.85), 10.0),)
    assert area.geocodes == (Named("xa", "00123"),)
    assert len(area.polygons[0]) == 4
    assert vietnamese.resources[0].has_content


def test_texts_steer_nothing() -> None:
    message = FLOOD.replace("Lũ quét".encode(), "Lu\u0303 \u202equét\u0085".encode())
    assert read_alert(message).infos[0].event == "Lũ quét"


def test_every_problem_is_told_at_once() -> None:
    bad = FLOOD.replace(b"Actual", b"Actuel").replace(b"Extreme", b"Bad").replace(b"+07:00", b"Z")
    bad = bad.replace(b"<scope>Public</scope>", b"").replace(b"</info>", b"<colour>red</colour></info>")
    found = "\n".join(problems(bad))
    for word in ("alert/sent", "alert/status: 'Actuel' must be one of", "<scope> is missing", "<colour>", "severity"):
        assert word in found


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (b"", "no XML"),
        (b"\x00\xff", "UTF-8"),
        (b"<alert", "no XML"),
        (b"<alert/>", "must be an <alert>"),
        (FLOOD[:-20], "no XML"),
        (FLOOD.decode().encode("utf-16"), "UTF-8"),
        (FLOOD.replace(b"utf-8", b"iso-8859-1"), "UTF-8"),
        (FLOOD + b" " * MOST_BYTES, "larger than 256 kB"),
        (b"<!DOCTYPE a [<!ENTITY b 'b'>]>" + FLOOD.partition(b"?>")[2], "document type"),
        (FLOOD.replace(b"<event>", b"<event>&xxe;"), "no XML"),
        (FLOOD.replace(b"</alert>", b"<a>" * 20 + b"</a>" * 20 + b"</alert>"), "more than 16 deep"),
        (FLOOD.replace(b"</alert>", b"<a>" * 5000 + b"</a>" * 5000 + b"</alert>"), "no XML"),
        (FLOOD.replace(b">Alert<", b">Cancel<"), "<references>"),
        (FLOOD.replace(b"<info>", b"<info>loud"), "text stands between"),
        (FLOOD.replace(b"<info>", b"<info xml:lang='vi'>"), "attribute"),
    ],
)
def test_what_is_no_warning_is_refused(message: bytes, word: str) -> None:
    assert any(word in problem for problem in problems(message))


@pytest.mark.parametrize(
    "bad",
    [
        FLOOD.replace(b"</info>", b"<colour/>" * 10_000 + b"</info>"),
        FLOOD.replace(b"<info>", b"<info " + b" ".join(b"a%d=''" % number for number in range(20_000)) + b">"),
    ],
    ids=["elements", "attributes"],
)
def test_a_flood_of_problems_is_cut(bad: bytes) -> None:
    assert len(problems(bad)) == MOST_PROBLEMS


def test_a_signature_inside_is_left_alone_but_must_come_last(schema: etree.XMLSchema) -> None:
    signature = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo Id="a"/></Signature>'
    last = FLOOD.replace(b"</alert>", signature + b"</alert>")
    first = FLOOD.replace(b"<info>", signature + b"<info>")
    assert schema.validate(etree.fromstring(last))
    assert accepted(last)
    assert any("<info> stands too late" in problem for problem in problems(first))


ODD = [
    "", " ", "Actual", "actual", "Alert", "Cancel", "Public", "vi", "vi-VN", "vi_VN", "-", "Met", "met", "AllClear",
    "2026-11-25T18:00:00+07:00", " 2026-11-25T18:00:00-00:00\n", "2026-11-25T18:00:00,07:00", "2026-11-25T18:00:00Z",
    "2026-02-30T18:00:00+07:00", "2026-11-25T24:00:00+07:00", "2026-11-25T18:00:60+07:00", "0000-01-01T00:00:00+00:00",
    "2026-11-25T18:00:00+14:00", "2026-11-25T18:00:00+14:01", "2026-11-25T18:00:00+23:59", "９026-11-25T18:00:00+07:00",
    "1", "+1", "-0", "1.5", "1e3", "NaN", "٣", "9" * 30, ".5", "5.", "http://a/b", "http://a b/", "http://a/%zz", "1:2",
    "mailto:a@b", "a/b?c#d", "http://a:99999999/", "http://a/ê", "#a#b", "[", "//", "a:b:c", "cid:a:b", "::", "Extreme",
    "21,105 1", "21,105 21,106 22,106 21,105", "21,105 -1", "a,b,2026-11-25T18:00:00+07:00", "a,b",
]  # fmt: skip
TAGS = [
    "identifier", "sender", "sent", "status", "msgType", "scope", "note", "references", "info", "language", "category",
    "event", "responseType", "urgency", "expires", "web", "parameter", "valueName", "value", "resource", "size", "uri",
    "area", "areaDesc", "altitude", "polygon", "alert", "colour",
]  # fmt: skip


def mutate(root: Any, rng: random.Random) -> None:
    """Do one thing to one element that somebody who writes messages might do wrong."""
    element = rng.choice(list(root.iter()))
    parent = element.getparent()
    match rng.randrange(9):
        case 0 | 1 | 2:
            element.text = rng.choice(ODD)
        case 3 if parent is not None:
            parent.remove(element)
        case 4 if parent is not None:
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(element))
        case 5 if parent is not None:
            parent.insert(rng.randrange(len(parent)), element)
        case 6:
            element.tag = rng.choice([f"{{{CAP}}}", f"{{{CAP}}}", "", "{urn:other}"]) + rng.choice(TAGS)
        case 7:
            names = ["id", f"{{{CAP}}}id", "{http://www.w3.org/2001/XMLSchema-instance}nil"]
            element.set(rng.choice(names), rng.choice(["true", "a"]))
        case _ if parent is not None:
            element.tail = rng.choice(["\n", " ", "a", "\u00a0"])


def held_against(schema: etree.XMLSchema, seeds: range) -> tuple[int, int]:
    """Count the changed messages that the schema accepts, and those that are read; one that only we read breaks it."""
    valid = read = 0
    for seed in seeds:
        rng = random.Random(seed)
        root = etree.fromstring(rng.choice([FLOOD, FULL]), etree.XMLParser(remove_blank_text=True))
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            mutate(root, rng)
        message = etree.tostring(root, encoding="utf-8", xml_declaration=True)
        fine, ours = schema.validate(etree.fromstring(message)), accepted(message)
        assert fine or not ours, (seed, message.decode())
        valid, read = valid + fine, read + ours
    return valid, read


def test_what_is_accepted_the_schema_accepts(schema: etree.XMLSchema) -> None:
    valid, read = held_against(schema, range(3000))
    assert valid > 400
    assert read > valid * 0.5


@pytest.mark.long
def test_what_is_accepted_the_schema_accepts_many(schema: etree.XMLSchema) -> None:
    held_against(schema, range(10_000, 100_000))


PIECES = st.lists(
    st.sampled_from(
        ["http:", "//", "/", "a", "b.c", ":", "@", "?", "#", "%41", "%", "ê", "1", "[", " ", "-", "&", "cid:"]
    )
).map("".join)


@settings(max_examples=300, deadline=None)
@given(value=PIECES)
def test_addresses_that_are_accepted_the_schema_accepts(schema: etree.XMLSchema, value: str) -> None:
    try:
        cap_values.address(value)
    except ValueError:
        return
    root = etree.fromstring(FULL)
    root.find(f".//{{{CAP}}}web").text = value
    assert schema.validate(root), value


@settings(max_examples=200, deadline=None)
@given(message=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"<alert>{text}</alert>".encode()))
def test_noise_is_refused_and_breaks_nothing(message: bytes) -> None:
    assert not accepted(message)
