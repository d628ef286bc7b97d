"""The pages of the loudspeaker: to record, to type, to speak; to hear it first; to confirm, to take back, all clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from hub import roles
from hub.errors import HubError
from hub.guard import current_user, require_role
from hub.remote import sayings
from hub.remote.limits import LARGEST, LARGEST_MB, RECORD
from hub.remote.line import PlayerLine, PlayerRefusedError, sentence
from hub.remote.now import hour_of_house
from hub.remote.streams import hand_on
from hub.remote.wishes import Wish, WrongWishError, read_wish

HOME: Final = "/loa"
TYPE: Final = "/loa/go-chu"
MICROPHONE: Final = "/loa/micro"
HEAR: Final = "/loa/nghe"
SOUND: Final = "/loa/ban-ghi"
UPLOADS: Final = frozenset({"loudspeaker_recorded"})
_LONGEST_TEXT: Final = 3000
_LONGEST_ID: Final = 80


@dataclass(frozen=True, slots=True)
class Line:
    """An announcement in one of the page's lists."""

    key: str
    title: str
    text: str
    priority: int
    is_live: bool
    is_own: bool
    asked_by: str
    starts: str
    minutes_left: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posts:
    """Which roles may speak, so that nobody fills in a form in vain; the player decides.

    Attributes:
        heads: may speak as the village head.
        named: may ask for an emergency, or confirm one.
    """

    heads: frozenset[str]
    named: frozenset[str]

    def words(self, role: str) -> dict[str, bool]:
        """What a page needs to know of whoever reads it."""
        return {"speaks": role in self.heads, "warns": role in self.named}


class LoudspeakerPages:
    """The pages.

    Args:
        line: to the player.
        posts: which roles may speak.
    """

    def __init__(self, line: PlayerLine, posts: Posts) -> None:
        self._line = line
        self._posts = posts

    def install(self, app: Flask) -> None:
        """Add the pages to a site that is guarded by `hub.guard`."""
        inside = require_role()
        shown: dict[str, tuple[str, Callable[..., ResponseReturnValue], Callable[..., ResponseReturnValue]]] = {
            HOME: ("loudspeaker", self.show, self.decide),
            RECORD: ("loudspeaker_record", self.show_record, self.record),
            TYPE: ("loudspeaker_type", self.show_type, self.type),
            MICROPHONE: ("loudspeaker_microphone", self.show_microphone, self.speak),
            f"{HEAR}/<recording>": ("loudspeaker_hear", self.show_hear, self.send),
        }
        for address, (endpoint, show, obey) in shown.items():
            sent = "loudspeaker_recorded" if address == RECORD else f"{endpoint}_sent"
            app.add_url_rule(address, view_func=inside(show), endpoint=endpoint)
            app.add_url_rule(address, view_func=inside(obey), endpoint=sent, methods=["POST"])
        app.add_url_rule(f"{SOUND}/<recording>", view_func=inside(self.sound), endpoint="loudspeaker_sound")

    def show(self) -> ResponseReturnValue:
        """The three ways to speak, what is heard, what waits."""
        return self._home()

    def decide(self) -> ResponseReturnValue:
        """Confirm an announcement, take one back, or say that the danger is over."""
        form, do = request.form, request.form.get("do", "")
        key = quote(form.get("key", "")[:_LONGEST_ID], safe="")
        try:
            if do in {"confirm", "withdraw"} and key:
                said = self._line.tell(f"/announcements/{key}/{do}", {"author": _author()})
                do = _what_became(said, do)  # an unsigned warning takes two who confirm it
            elif do == "all-clear":
                text = form.get("text", "").strip()
                if not text:
                    raise WrongWishError(_("Write what people shall hear."))
                wish = {"author": _author(), "text": text[:_LONGEST_TEXT]}
                do = _what_became(self._line.tell("/all-clear", wish, work=True), do)
            else:
                raise WrongWishError(_("Use the buttons on the page."))
        except HubError as error:
            return self._home(error)
        return redirect(f"{HOME}?xong={quote(do)}", 303)

    def show_record(self) -> ResponseReturnValue:
        """The form for a recording."""
        return self._page("record", None, largest=LARGEST_MB)

    def record(self) -> ResponseReturnValue:
        """Take a recording and lead on to hearing it."""
        file = request.files.get("sound")
        try:
            if file is None or not file.filename:
                raise WrongWishError(_("Record something first, or choose a recording."))
            size = _size(file)
            if size > LARGEST:
                return self.too_large()
            said = self._line.send("/recordings", file.stream, size)
        except HubError as error:
            return self._page("record", error, largest=LARGEST_MB)
        return redirect(f"{HEAR}/{quote(str(_table(said).get('recording', '')), safe='')}", 303)

    def too_large(self) -> ResponseReturnValue:
        """Refuse a file that is too large, and name the limit."""
        wrong = WrongWishError(
            _("This recording is too large: %(most)s MB at most. Record a shorter one.", most=LARGEST_MB)
        )
        return self._page("record", wrong, status=413, largest=LARGEST_MB)

    def show_hear(self, recording: str) -> ResponseReturnValue:
        """Hear a recording before it is sent."""
        return self._page("hear", None, recording=recording, wish=self._first_wish())

    def send(self, recording: str) -> ResponseReturnValue:
        """Send a recording, or delete it."""
        if request.form.get("do") == "drop":
            return self._drop(recording)
        wish = self._first_wish()
        try:
            wish = read_wish(request.form, hour_of_house())
            return self._announce(wish, recording=recording[:_LONGEST_ID])
        except HubError as error:
            return self._page("hear", error, recording=recording, wish=wish)

    def show_type(self) -> ResponseReturnValue:
        """The form for a text."""
        return self._page(
            "type", None, text="", spoken="", recording="", wish=self._first_wish(), longest=_LONGEST_TEXT
        )

    def type(self) -> ResponseReturnValue:
        """Let a text be heard, then send it."""
        form, text, wish = request.form, request.form.get("text", "").strip(), self._first_wish()
        spoken, recording = form.get("spoken", "")[: 3 * _LONGEST_TEXT], form.get("recording", "")[:_LONGEST_ID]
        wrong: HubError | None = None
        try:
            if not text:
                raise WrongWishError(_("Write what people shall hear."))
            if len(text) > _LONGEST_TEXT:
                raise WrongWishError(_("This text is too long. Write it shorter."))
            if form.get("do") == "send":
                wish = read_wish(form, hour_of_house())
                return self._announce(wish, text=text)
            said = _table(self._line.tell("/speech", {"text": text}, work=True))
            spoken, recording = str(said.get("spoken", "")), str(said.get("recording", ""))
        except HubError as error:
            wrong = error
        words: dict[str, Any] = {"spoken": spoken, "recording": recording, "longest": _LONGEST_TEXT}
        return self._page("type", wrong, text=text, wish=wish, **words)

    def show_microphone(self) -> ResponseReturnValue:
        """The page to speak from."""
        return self._microphone(None, self._first_wish())

    def speak(self) -> ResponseReturnValue:
        """Open the microphone."""
        wish = self._first_wish()
        try:
            wish = read_wish(request.form, hour_of_house())
            return self._announce(wish, microphone=True)
        except HubError as error:
            return self._microphone(error, wish)

    def sound(self, recording: str) -> Response:
        """The sound of a recording, for those who are logged in."""
        return hand_on(self._line, f"/recordings/{quote(recording[:_LONGEST_ID], safe='')}")

    def _first_wish(self) -> Wish:
        """What a form shows before anything was chosen: of those who may only warn, an emergency."""
        return Wish() if self._posts.words(_author())["speaks"] else Wish(priority=3)

    def _announce(self, wish: Wish, **what: object) -> ResponseReturnValue:
        said = _table(self._line.tell("/announcements", {**what, **wish.said(), "author": _author()}, work=True))
        became = _what_became(said, "gui")
        if "microphone" in what and became == "gui":
            return redirect(f"{MICROPHONE}?xong=1", 303)
        return redirect(f"{HOME}?xong={became}", 303)

    def _drop(self, recording: str) -> ResponseReturnValue:
        try:
            self._line.drop(f"/recordings/{quote(recording[:_LONGEST_ID], safe='')}")
        except PlayerRefusedError as error:
            if error.status != 404:
                return self._page("hear", error, recording=recording, wish=self._first_wish())
        except HubError as error:
            return self._page("hear", error, recording=recording, wish=self._first_wish())
        return redirect(HOME, 303)

    def _microphone(self, wrong: HubError | None, wish: Wish) -> ResponseReturnValue:
        lists, failed = self._lists()
        live = next((one for one in lists["speaking"] if one.is_live), None)
        return self._page("microphone", wrong or failed, live=live, wish=wish, no_microphone=lists["no_microphone"])

    def _home(self, wrong: HubError | None = None) -> ResponseReturnValue:
        lists, failed = self._lists()
        done = "" if wrong else _done(request.args.get("xong", ""))
        silent = failed is not None
        return self._page("home", wrong or failed, done=done, silent=silent, text=request.form.get("text", ""), **lists)

    def _page(self, name: str, wrong: HubError | None, *, status: int = 200, **words: Any) -> ResponseReturnValue:
        problems: list[str] = []
        if isinstance(wrong, WrongWishError):
            problems, status = [wrong.message], status if status >= 400 else 400
        elif wrong is not None:
            problems, status = sayings.refusal(wrong), sayings.status_of(wrong)
        words |= self._posts.words(_author())
        page = render_template(f"remote/loudspeaker_{name}.html", problems=problems, **words)
        return make_response(page, status)

    def _lists(self) -> tuple[dict[str, Any], HubError | None]:
        try:
            said, failed = _table(self._line.look("/announcements")), None
        except HubError as error:
            said, failed = {}, error
        speaking = said.get("speaking")
        return {
            "speaking": _lines([speaking]),
            "waiting": _lines(said.get("waiting")),
            "to_confirm": _lines(said.get("to_confirm")),
            "no_microphone": said.get("microphone") is False,
        }, failed


def _what_became(said: object, otherwise: str) -> str:
    """What the page says of an announcement: that a second person is needed, or something else."""
    return "xin" if _table(said).get("state") == "needs confirmation" else otherwise


def _author() -> str:
    user = current_user()
    return user.role.value if user else ""


def _size(file: FileStorage) -> int:
    """Bytes of a file that was uploaded; it is read from its beginning afterwards."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size


def _lines(said: object) -> list[Line]:
    found = []
    for one in said if isinstance(said, list) else []:
        table = _table(one)
        key = str(table.get("key", ""))
        if not key:
            continue
        author = roles.known(str(table.get("author", "")))
        text = str(table.get("text") or "")[:_LONGEST_TEXT]
        spoken = str(table.get("headline") or text)
        priority = table.get("priority")
        found.append(
            Line(
                key=key,
                title=spoken[:300],
                text=text if text != spoken else "",
                priority=priority if isinstance(priority, int) else 1,
                is_live=bool(table.get("microphone")) or table.get("source") == "microphone",
                is_own=author is not None and author.value == _author(),
                asked_by=roles.name(author) if author else "",
                starts=sayings.moment(table.get("at") or "", hour_of_house().date()),
                minutes_left=-(-left // 60) if isinstance(left := table.get("left_s"), int) else None,
                reasons=tuple(filter(None, (sayings.words(sentence(why)) for why in table.get("reasons") or ()))),
            )
        )
    return found


def _done(wish: str) -> str:
    words: dict[str, str] = {
        "gui": _("Sent. It is heard as soon as it is its turn."),
        "xin": _("Asked for. An emergency is heard as soon as a second person confirms it below."),
        "confirm": _("Confirmed. It is heard now."),
        "withdraw": _("Taken back."),
        "all-clear": _("Sent. People hear that the danger is over."),
    }
    return words.get(wish, "")


def _table(said: object) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}
