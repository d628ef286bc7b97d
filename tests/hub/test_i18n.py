"""The language of a page."""

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import format_decimal

from hub import i18n


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("village")
    i18n.init_app(app)

    @app.get("/")
    @app.get("/tim")
    def page() -> str:
        return render_template_string("{{ lang }} {{ languages }} {{ _('Search') }} ") + format_decimal(1250)

    @app.get("/bytes")
    def data() -> tuple[str, dict[str, str]]:
        return "x", {"Content-Type": "text/plain"}

    return app.test_client()


@pytest.mark.parametrize(
    ("asked", "kept", "expected"),
    [
        ({}, {}, "vi"),
        ({"lang": "en"}, {}, "en"),
        ({}, {"lang": "en"}, "en"),
        ({"lang": "vi"}, {"lang": "en"}, "vi"),
        ({"lang": "xx"}, {"lang": "en"}, "en"),
        ({"lang": ""}, {"lang": "../../etc"}, "vi"),
    ],
)
def test_address_comes_before_cookie_and_unknown_wishes_are_passed_over(
    asked: dict[str, str], kept: dict[str, str], expected: str
) -> None:
    assert i18n.choose(asked, kept) == expected


def test_browser_set_to_english_still_gets_vietnamese(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "en-US,en;q=0.9"})
    assert answer.text.startswith("vi")
    assert "Tìm" in answer.text
    assert answer.text.endswith("1.250")
    assert "Set-Cookie" not in answer.headers


def test_choice_is_kept_for_the_next_page(client: FlaskClient) -> None:
    chosen = client.get("/?lang=en")
    assert chosen.text.startswith("en")
    assert chosen.text.endswith("1,250")
    cookie = chosen.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Domain" not in cookie
    assert client.get("/").text.startswith("en")
    assert client.get("/?lang=vi").text.startswith("vi")
    assert client.get("/").text.startswith("vi")


def test_pages_differ_by_cookie_and_other_files_do_not(client: FlaskClient) -> None:
    assert client.get("/").headers["Vary"] == "Cookie"
    other = client.get("/bytes?lang=en")
    assert "Vary" not in other.headers
    assert "Set-Cookie" not in other.headers


def test_switch_keeps_page_and_query() -> None:
    links = i18n.switch_links("/tìm", [("q", "vải & gà"), ("lang", "en"), ("page", "2")])
    assert links[0] == ("vi", "Tiếng Việt", "/t%C3%ACm?q=v%E1%BA%A3i+%26+g%C3%A0&page=2&lang=vi")
    assert links[1][:2] == ("en", "English")


def test_switch_never_leads_to_another_machine() -> None:
    assert all(url.startswith("/evil.example/?") for _, _, url in i18n.switch_links("//evil.example/", []))


def test_switch_survives_letters_that_cannot_be_encoded() -> None:
    assert len(i18n.switch_links("/\udcff", [("q", "\udcff")])) == len(i18n.LANGUAGES)
