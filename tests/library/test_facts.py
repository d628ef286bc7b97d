"""Facts and rights: what is written can be read back, and what is not permitted is not offered."""

import json
from dataclasses import asdict

import pytest

from library.facts import Facts, Kind, facts_from
from library.rights import Rights, Use, parse_rights, rights_in_metadata, rights_of_licence

RIGHTS = {"holder": "Trạm khuyến nông", "licence": "CC BY 4.0", "uses": ["hub", "take-home"], "proof": "thư 12/2026"}


def facts(rights: Rights | None, kind: Kind = Kind.FILM) -> Facts:
    return Facts(
        name="vai", title="Vải thiều", language="vie", publisher="", creator="", description="", date="", uuid="",
        edition="1", articles=1, entries=1, main_path="a", has_cover=False, kind=kind.value,
        subjects=("trồng trọt",), rights=rights,
    )  # fmt: skip


@pytest.mark.parametrize("rights", [None, parse_rights(RIGHTS)])
def test_facts_survive_json(rights: Rights | None) -> None:
    assert facts_from(json.loads(json.dumps(asdict(facts(rights))))) == facts(rights)


def test_only_what_is_permitted_is_permitted() -> None:
    rights = parse_rights(RIGHTS)
    assert rights is not None
    assert [use for use in Use if rights.permit(use)] == [Use.HUB, Use.TAKE_HOME]
    assert facts(rights).may_be_taken_home()
    assert not facts(parse_rights({**RIGHTS, "uses": ["hub"]})).may_be_taken_home()
    assert not facts(None).may_be_taken_home()
    assert facts(None, Kind.BOOK).may_be_taken_home()


def test_nothing_is_stated() -> None:
    assert rights_in_metadata(" ") is rights_in_metadata("") is None


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"x"', "null", '{"uses": "take-home"}', '{"uses": [1]}', '{"uses": ["web"], "holder": 1}', "[" * 10**5],
)
def test_a_statement_that_cannot_be_read_permits_only_to_read_here(text: str) -> None:
    rights = rights_in_metadata(text)
    assert rights is not None
    assert [use for use in Use if rights.permit(use)] == [Use.HUB]
    assert not facts(rights, Kind.BOOK).may_be_taken_home()


@pytest.mark.parametrize("name", ["CC-BY-SA-4.0", "cc by nc nd", "CC0", "Creative Commons BY", "GFDL", "Public domain"])
def test_an_open_licence_permits_what_a_hub_does(name: str) -> None:
    rights = rights_of_licence(f" {name}\n")
    assert rights is not None
    assert rights.licence == name
    assert [use for use in Use if rights.permit(use)] == list(Use)


def test_another_licence_permits_to_read_and_to_take_home() -> None:
    rights = rights_of_licence("All rights reserved, ccby House")
    assert rights is not None
    assert [use for use in Use if rights.permit(use)] == [Use.HUB, Use.TAKE_HOME]
    assert rights_of_licence(" \n") is None
