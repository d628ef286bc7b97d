"""The language of a page: Vietnamese unless the reader asked for another one, here or on an earlier page.

The browser's own wish (``Accept-Language``) is not listened to: cheap phones are sold set to English or Chinese, and
their owners read Vietnamese. Pages name `lang` and `languages` (see `page_words`); a language's name is written in that
language, so that it can be found by someone who reads no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, Response, has_request_context, request
from flask_babel import Babel
from werkzeug.datastructures import LanguageAccept


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the pages can be read in.

    Attributes:
        code: BCP 47 tag, also the folder of its catalogue under ``translations``.
        name: What its speakers call it.
    """

    code: str
    name: str


LANGUAGES: Final = (Language("vi", "Tiếng Việt"), Language("en", "English"))
DEFAULT: Final = "vi"
PARAMETER: Final = "lang"
COOKIE: Final = "lang"
COOKIE_LIFE_S: Final = 400 * 24 * 3600
TRANSLATIONS: Final = Path(__file__).parent / "translations"


def choose(args: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Return the code of the language to answer in: the address's ``?lang=``, else the cookie's, else Vietnamese."""
    known = {language.code for language in LANGUAGES}
    for wish in (args.get(PARAMETER), cookies.get(COOKIE)):
        if wish in known:
            return wish
    return DEFAULT


def current() -> str:
    """Return the language of the request being answered; Vietnamese outside of one."""
    return choose(request.args, request.cookies) if has_request_context() else DEFAULT


def of_phone(accepted: LanguageAccept) -> str | None:
    """The language that a phone is set to (RFC 9110, section 12.5.4), if it is one of ours; None for any other.

    It is only offered, never taken; see the top of this file.
    """
    first = next(iter(accepted.values()), "").lower()
    return next((language.code for language in LANGUAGES if first.split("-")[0] == language.code.lower()), None)


def switch_links(path: str, query: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return (code, own name, address of this same page in it) for each language.

    Args:
        path: The page's path, not percent-encoded.
        query: The names and values of the page's query string.
    """
    # One leading slash only: "//somewhere" in a link would lead to another machine.
    address = "/" + quote(path.lstrip("/"), errors="replace")
    kept = [(name, value) for name, value in query if name != PARAMETER]
    return [
        (language.code, language.name, f"{address}?{urlencode([*kept, (PARAMETER, language.code)], errors='replace')}")
        for language in LANGUAGES
    ]


def page_words() -> dict[str, object]:
    """Return what every template needs to know of languages: `lang` and `languages` (a context processor)."""
    return {"lang": current(), "languages": switch_links(request.path, request.args.items(multi=True))}


def remember(response: Response) -> Response:
    """Keep a choice made with ``?lang=`` in a cookie, and say which language a page is in (an after-request hook)."""
    if response.mimetype != "text/html":
        return response
    response.vary.add("Cookie")
    chosen = current()
    if request.args.get(PARAMETER) == chosen and request.cookies.get(COOKIE) != chosen:
        response.set_cookie(COOKIE, chosen, max_age=COOKIE_LIFE_S, httponly=True, samesite="Strict")
    return response


def init_app(app: Flask) -> None:
    """Give `app` the catalogues, the choice of language, and the words of `page_words` in its templates."""
    Babel(
        app,
        default_locale=DEFAULT,
        default_timezone="Asia/Ho_Chi_Minh",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=current,
    )
    app.context_processor(page_words)
    app.after_request(remember)
