"""The script finds its place in every kind of page, and spoils none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from library.reading.script import with_script

ADDRESS = "/static/x.js?v=1"
TAG = b'<script src="/static/x.js?v=1"></script>'


def test_it_runs_before_anything_else_of_the_head_and_once_more_at_the_end() -> None:
    page = b"<!doctype html><html><HEAD lang=vi><title>a</title></HEAD><p>b</html>"
    assert with_script(page, "text/html", ADDRESS) == page.replace(b"lang=vi>", b"lang=vi>" + TAG) + TAG


@pytest.mark.parametrize(
    "page", [b"", b"<p>a", b"<!-- <head> --><p>a", b"<!doctype html><header>a</header>", b"\xff<p>"]
)
def test_a_page_without_a_head_has_it_at_its_end(page: bytes) -> None:
    assert with_script(page, "text/html; charset=utf-8", ADDRESS) == page + TAG


def test_xhtml_stays_well_formed() -> None:
    page = b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>a</title></head><body><p>b</p></body></html>'
    found = etree.fromstring(with_script(page, "application/xhtml+xml", ADDRESS))
    assert len(found.findall(".//{*}head/{*}script")) == 1
    bare = b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'
    assert with_script(bare, "application/xhtml+xml", ADDRESS) == bare


@pytest.mark.parametrize(
    ("page", "media_type"),
    [("<head>a".encode("utf-16"), "text/html"), ("<head>a".encode("utf-16-le"), "text/html; charset=UTF-16")],
)
def test_letters_of_two_bytes_are_left_alone(page: bytes, media_type: str) -> None:
    assert with_script(page, media_type, ADDRESS) == page


@given(st.lists(st.sampled_from([b"<head>", b"<!--", b"-->", b"<p>a</p>", b"<html>", b"</head>", b"<", b"\x80"])))
def test_the_page_itself_is_all_there(pieces: list[bytes]) -> None:
    page = b"".join(pieces)
    added = with_script(page, "text/html", ADDRESS)
    assert added.replace(TAG, b"") == page
    assert html.fromstring(b"<html>" + added) is not None
