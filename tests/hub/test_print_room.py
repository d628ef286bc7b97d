"""The page for printing: who may see it, what its forms answer, and what is said when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import paper
import pytest
from flask.testing import FlaskClient
from print_site import PINS, make_site
from printed_shelf import PAGES, TITLES, make_shelf
from werkzeug.test import TestResponse

from hub.config import HubConfig
from hub.roles import Role
from library.printing.errors import PressBusyError, PressFailedError, TooSmallError
from library.printing.orders import Order
from library.printing.press import Press

ORIGIN = "http://thuvien.lan"
LogIn = Callable[[Role], FlaskClient]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> HubConfig:
    return make_shelf(tmp_path_factory.mktemp("house"))


class TroubledPress(Press):
    """Prints nothing, and raises what it is told to."""

    trouble: Exception = PressBusyError("busy")

    def print(self, order: Order, progress: Callable[[int], None] = lambda _: None) -> bytes:
        raise self.trouble


@pytest.fixture
def log_in(config: HubConfig) -> Iterator[LogIn]:
    site, accounts = make_site(config, ORIGIN)

    def enter(role: Role) -> FlaskClient:
        client = site.test_client()
        page = client.get("/dang-nhap", base_url=ORIGIN).text
        form = {"role": role.value, "pin": PINS[role], "csrf_token": token_in(page)}
        assert client.post("/dang-nhap", data=form, base_url=ORIGIN, headers={"Origin": ORIGIN}).status_code == 303
        return client

    yield enter
    accounts.release()


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def send(client: FlaskClient, pdf: str, /, **fields: str) -> TestResponse:
    """Fill in a form of the page and send it."""
    token = token_in(client.get("/quan-tri/nhan", base_url=ORIGIN).text)
    data = {"csrf_token": token, **fields}
    return client.post(f"/quan-tri/nhan/{pdf}.pdf", data=data, base_url=ORIGIN, headers={"Origin": ORIGIN})


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.VILLAGE_HEAD, Role.CONTENT_EDITOR])
def test_those_who_look_after_content_may_print(log_in: LogIn, role: Role) -> None:
    client = log_in(role)
    assert "Nhãn và áp phích" in client.get("/quan-tri", base_url=ORIGIN).text
    page = client.get("/quan-tri/nhan", base_url=ORIGIN)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert all(title in page.text for title in TITLES.values())
    printed = send(client, "ap-phich", kind="wifi")
    assert printed.status_code == 200
    assert printed.mimetype == "application/pdf"
    assert printed.headers["Content-Disposition"] == 'attachment; filename="ap-phich.pdf"'
    assert printed.data.startswith(b"%PDF-")


def test_others_may_not(log_in: LogIn, config: HubConfig) -> None:
    client = log_in(Role.DIGITAL_TEAM)
    assert "Nhãn và áp phích" not in client.get("/quan-tri", base_url=ORIGIN).text
    assert client.get("/quan-tri/nhan", base_url=ORIGIN).status_code == 403
    form = {"csrf_token": token_in(client.get("/quan-tri", base_url=ORIGIN).text), "kind": "wifi"}
    for kind in ("tem", "ap-phich"):
        address = f"/quan-tri/nhan/{kind}.pdf"
        refused = client.post(address, data=form, base_url=ORIGIN, headers={"Origin": ORIGIN})
        assert refused.status_code == 403
        assert client.get(address, base_url=ORIGIN).status_code == 405
    stranger = client.application.test_client()
    assert "/dang-nhap" in stranger.get("/quan-tri/nhan", base_url=ORIGIN).headers["Location"]
    assert stranger.post("/quan-tri/nhan/tem.pdf", base_url=ORIGIN, headers={"Origin": ORIGIN}).status_code == 403


def test_a_form_from_a_book_is_refused(log_in: LogIn) -> None:
    client = log_in(Role.CONTENT_EDITOR)
    form = {"csrf_token": token_in(client.get("/quan-tri/nhan", base_url=ORIGIN).text), "kind": "wifi"}
    address, foreign = "/quan-tri/nhan/ap-phich.pdf", {"Origin": "http://sach.thuvien.lan"}
    assert client.post(address, data=form, base_url=ORIGIN, headers=foreign).status_code == 403
    assert client.post(address, data={"kind": "wifi"}, base_url=ORIGIN, headers={"Origin": ORIGIN}).status_code == 403


def test_stickers_posters_and_page_numbers(log_in: LogIn, tmp_path: Path) -> None:
    client = log_in(Role.VILLAGE_HEAD)
    pdf = send(client, "tem", sheet="24", skip="2", book="vai", pages="1-2", cut_marks="yes").data
    (page,) = paper.pixels(pdf, tmp_path)
    assert len(paper.codes(page)) == 4
    pdf = send(client, "tem", sheet="40", skip="", book="", pages="").data
    (page,) = paper.pixels(pdf, tmp_path)
    assert len(paper.codes(page)) == 2 * len(TITLES)
    assert len(paper.pixels(send(client, "ap-phich", kind="shelf", subject="").data, tmp_path)) == 3
    pdf = send(client, "ap-phich", kind="class", book="ga", pages="4").data
    assert PAGES[3] in " ".join(paper.text(pdf, tmp_path).split())
    numbers = client.get("/quan-tri/nhan?sach=vai", base_url=ORIGIN).text
    assert [line for line in PAGES if f"<li>{line}</li>" in numbers] == list(PAGES)


@pytest.mark.parametrize(
    ("kind", "fields", "status", "said"),
    [
        ("tem", {"sheet": "25"}, 400, "Chọn loại giấy tem."),
        ("tem", {"skip": "24"}, 400, "đã bóc mấy tem"),
        ("tem", {"skip": "-1"}, 400, "đã bóc mấy tem"),
        ("tem", {"skip": "٣"}, 400, "đã bóc mấy tem"),
        ("tem", {"pages": "1"}, 400, "Chọn cuốn sách"),
        ("tem", {"book": "vai", "pages": "9"}, 400, "Sách không có trang ấy."),
        ("tem", {"book": "bo"}, 404, "không còn trên tủ sách"),
        ("ap-phich", {"kind": "class", "book": ""}, 404, "không còn trên tủ sách"),
        ("ap-phich", {"kind": "shelf", "subject": "<b>"}, 404, "không còn trên tủ sách"),
    ],
)
def test_what_is_wrong_is_said_on_the_page(
    log_in: LogIn, kind: str, fields: dict[str, str], status: int, said: str
) -> None:
    answer = send(log_in(Role.CONTENT_EDITOR), kind, **fields)
    assert answer.status_code == status
    assert said in answer.text
    assert "csrf_token" in answer.text, "the forms are there to try again"


@pytest.mark.parametrize(
    ("trouble", "status", "said"),
    [
        (PressBusyError("busy"), 503, "Máy đang làm tờ khác."),
        (PressFailedError("failed"), 503, "Chưa làm được tệp in."),
        (TooSmallError("small"), 400, "Tem nhỏ quá"),
    ],
)
def test_a_press_in_trouble(config: HubConfig, trouble: Exception, status: int, said: str) -> None:
    press = TroubledPress()
    press.trouble = trouble
    site, accounts = make_site(config, ORIGIN, press)
    try:
        client = site.test_client()
        page = client.get("/dang-nhap", base_url=ORIGIN).text
        form = {"role": "technician", "pin": PINS[Role.TECHNICIAN], "csrf_token": token_in(page)}
        client.post("/dang-nhap", data=form, base_url=ORIGIN, headers={"Origin": ORIGIN})
        answer = send(client, "ap-phich", kind="wifi")
    finally:
        accounts.release()
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert said in answer.text


def test_an_empty_or_missing_shelf_leaves_the_wifi_poster(tmp_path: Path) -> None:
    config = make_shelf(tmp_path, 0)
    for remove in (False, True):
        if remove:
            (config.paths.state / "shelf.json").unlink()
        site, accounts = make_site(config, ORIGIN)
        try:
            client = site.test_client()
            page = client.get("/dang-nhap", base_url=ORIGIN).text
            form = {"role": "technician", "pin": PINS[Role.TECHNICIAN], "csrf_token": token_in(page)}
            client.post("/dang-nhap", data=form, base_url=ORIGIN, headers={"Origin": ORIGIN})
            assert client.get("/quan-tri/nhan", base_url=ORIGIN).status_code == 200
            assert send(client, "ap-phich", kind="wifi").data.startswith(b"%PDF-")
            answer = send(client, "tem")
        finally:
            accounts.release()
        assert answer.status_code == (503 if remove else 400)
        assert ("Chưa đọc được tủ sách." if remove else "Tủ sách chưa có gì.") in answer.text
