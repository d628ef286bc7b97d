"""Keeps the shelf: watches the content folder, has new files checked, and writes down what may be served.

The only process that decides about files. What it decides stands in ``shelf.json`` (replaced whole, read by the web
processes) and, so that a restart checks nothing twice, in a table of verdicts. Files are never moved or deleted here:
a file in quarantine stays where it is and is looked at again when it changes.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from library import reasons
from library.codes.code_book import CodeBook, hashed_code
from library.config import LibraryConfig
from library.content_files import is_book_file, is_media_file, is_sidecar, stem_of
from library.details import told
from library.errors import CodesUnavailableError
from library.facts import Facts, Kind
from library.inspection import Verdict
from library.listing import Listed, Listing, Stamp, State
from library.looking import NO_STAMP, Look, look_at
from library.media.joining import is_sidecar_line, join
from library.media.picture_folder import PictureFolder, folder_in
from library.verdicts import VerdictTable

logger = logging.getLogger(__name__)

_COPIES_S = 6 * 3600.0


class Check(Protocol):
    """Checks one file at a time without being waited for; ``library.admission.Checker`` is the real one."""

    @property
    def busy(self) -> bool:
        """Whether a check is under way."""

    def start(self, path: Path, size: int, *, whole: bool) -> None:
        """Begin to check a file of ``size`` bytes; its checksum too when ``whole``."""

    def poll(self) -> Verdict | None:
        """The verdict once there is one."""

    def stop(self) -> None:
        """Give up the check under way."""


class Keeper:
    """The keeper of one content folder.

    Args:
        content: the folder with the books, films and sounds.
        state: the folder for what must outlive a restart.
        config: how often to look, how long to wait.
        check: runs the checks.
        write: writes a file so that a power cut leaves the old or the new one.
        monotonic, wall: clocks, in seconds; the wall clock may be wrong.
        announce: hears of each new list before it holds, and is waited for.
    """

    def __init__(
        self,
        content: Path,
        state: Path,
        config: LibraryConfig,
        check: Check,
        write: Callable[[Path, bytes], None],
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        announce: Callable[[Listing], None] = lambda _listing: None,
    ) -> None:
        self._content = content
        self._listing_path = state / "shelf.json"
        self._config = config
        self._check = check
        self._write = write
        self._monotonic = monotonic
        self._wall = wall
        self._announce = announce
        self._verdicts = VerdictTable(state / "verdicts.sqlite")
        self._pictures = PictureFolder(folder_in(state), write, self._verdicts.small_picture)
        self._codes = CodeBook(state / "codes.sqlite")
        self._unchanged_since: dict[str, tuple[Stamp, float]] = {}
        self._book_codes: dict[str, str] = {}
        self._descriptions: dict[str, Facts] = {}
        self._under_check: Look | None = None
        self._next_copy = monotonic()
        self._vouched: set[tuple[str, Stamp]] = set()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.listing = Listing(())

    def start(self) -> None:
        """Look once, so that the shelf can be read when this returns, then go on in a thread."""
        self._tick_safely()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a check under way is given up and begun again at the next start."""
        self._stopped.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
        self._check.stop()

    @property
    def alive(self) -> bool:
        """Whether the keeper still looks after its folder."""
        return self._thread is not None and self._thread.is_alive()

    def refresh(self, verified: Iterable[str] = ()) -> None:
        """Look at once.

        Args:
            verified: names of files whose whole hash has just been verified; their checksum is not read again.
        """
        self._vouched.update((file, look_at(self._content / file).stamp) for file in verified)
        self._wake.set()

    def tick(self) -> None:
        """Take a finished verdict, look at every file once, begin the next check, write the list if it changed."""
        self._take_verdict()
        try:
            names = self._names()
        except OSError as error:
            self._publish(Listing((), f"The content folder {self._content} cannot be read: {error.strerror}."))
            return
        looks = [look_at(path, names) for path in _to_look_at([self._content / name for name in names])]
        self._unchanged_since = {look.file: self._since(look) for look in looks}
        judged = [self._judge(look) for look in looks]
        self._begin_next(looks, judged)
        self._remember_descriptions(judged)
        lines = [self._with_code(line) for line in join(judged, self._descriptions)]
        pictures = self._pictures.hold({name for line in lines if line.facts and (name := line.facts.small_picture)})
        self._publish(Listing(tuple(_with_picture(line, pictures) for line in lines)))
        if all(line.state is not State.CHECKING for line in lines):
            self._pictures.sweep(pictures)

    def _names(self) -> list[str]:
        """All names in the folder, in order.

        Raises:
            OSError: it cannot be read.
        """
        return sorted(path.name for path in self._content.iterdir())

    def _remember_descriptions(self, judged: list[Listed]) -> None:
        """Keep what descriptions say, so that a film does not leave the shelf while its description is mended."""
        before, self._descriptions = self._descriptions, {}
        for line in judged:
            facts = before.get(line.file) if line.state is State.CHECKING else line.facts
            if facts and is_sidecar_line(line):
                self._descriptions[line.file] = facts

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(0.2 if self._check.busy else self._config.scan_interval_s)
            self._wake.clear()
            self._keep_copy_of_codes()
            if self._stopped.is_set() or not self._tick_safely():
                self._stopped.wait(self._config.scan_interval_s)

    def _keep_copy_of_codes(self) -> None:
        """Now and then; a card rarely spoils two files at once."""
        if self._monotonic() < self._next_copy:
            return
        self._next_copy = self._monotonic() + _COPIES_S
        try:
            self._codes.keep_copy()
        except CodesUnavailableError as error:
            logger.warning("no copy of the codes could be made: %s", error.message)

    def _tick_safely(self) -> bool:
        """Look once; whatever goes wrong (a full card, say) is tried again later. Returns whether it went well."""
        try:
            self.tick()
        except Exception:
            logger.exception("the shelf could not be looked after; trying again")
            return False
        return True

    def _since(self, look: Look) -> tuple[Stamp, float]:
        """The look's stamp and since when, on the monotonic clock, it has not changed."""
        known = self._unchanged_since.get(look.file)
        if known and known[0] == look.stamp:
            return known
        now = self._monotonic()
        age = self._wall() - look.stamp.mtime_ns / 1e9 if known is None else 0.0
        return look.stamp, now - max(0.0, age)

    def _judge(self, look: Look) -> Listed:
        """What the list says of a file now."""
        listed = Listed(look.file, State.CHECKING, "", "", look.stamp, "", None)
        verdict = self._verdicts.find(look.file, look.stamp)
        if verdict and verdict.facts:
            return replace(listed, state=State.READY, facts=verdict.facts)
        if verdict:
            return replace(listed, state=State.QUARANTINED, reason=verdict.reason, detail=verdict.detail)
        unchanged = self._monotonic() - self._unchanged_since[look.file][1]
        incomplete = look.stamp.size < look.expected
        if look.stamp != NO_STAMP and unchanged < (self._config.patience_s if incomplete else self._config.settle_s):
            return replace(listed, reason=reasons.COPYING)
        if look.problem:
            return replace(listed, state=State.QUARANTINED, reason=look.problem, detail=look.detail)
        if incomplete:
            detail = f"{look.stamp.size} / {look.expected} bytes"
            return replace(listed, state=State.QUARANTINED, reason=reasons.INCOMPLETE, detail=detail)
        return replace(listed, reason=reasons.TO_BE_CHECKED)

    def _begin_next(self, looks: list[Look], listed: list[Listed]) -> None:
        """Give the smallest waiting file to the checker, when that is free."""
        if self._check.busy:
            return
        waiting = [look for look, line in zip(looks, listed, strict=True) if _awaits_check(line)]
        if waiting:
            look = min(waiting, key=lambda look: look.stamp.size)
            whole = (look.file, look.stamp) not in self._vouched
            self._under_check = look
            self._check.start(self._content / look.file, look.stamp.size, whole=whole)
            logger.info("checking %s (%d bytes)", look.file, look.stamp.size)

    def _take_verdict(self) -> None:
        verdict = self._check.poll()
        if verdict is None or self._under_check is None:
            return
        look, self._under_check = self._under_check, None
        if look_at(self._content / look.file, self._names()).stamp != look.stamp:
            logger.info("%s changed while it was checked; waiting until it stays the same", look.file)
            return
        lasting = verdict.reason not in reasons.PASSING
        if verdict.facts:
            lasting = not is_book_file(Path(look.file)) or self._take_codes(verdict.facts.name, verdict.codes)
            self._pictures.put(verdict.small_picture)
            logger.info("%s is on the shelf: %s", look.file, verdict.facts.title)
        else:
            logger.warning("%s is in quarantine: %s %s", look.file, verdict.reason, told(verdict.detail))
        self._verdicts.remember(look.file, look.stamp, verdict, lasting=lasting)
        self._vouched.discard((look.file, look.stamp))

    def _take_codes(self, name: str, codes: dict[str, str]) -> bool:
        """Record the codes a book brings; tells whether that could be done."""
        try:
            refused = self._codes.claim(name, codes)
        except CodesUnavailableError as error:
            logger.error("%s %s", error.message, error.hint)
            return False
        self._book_codes.clear()
        if refused:
            logger.warning("%s claims %d codes that belong to other books; they stay there", name, len(refused))
        return True

    def _with_code(self, line: Listed) -> Listed:
        return replace(line, code=self._code_of(line.name)) if line.state is State.READY else line

    def _code_of(self, name: str) -> str:
        """The item's own code; it always exists, even where the table of codes cannot be written."""
        if name not in self._book_codes:
            try:
                self._book_codes[name] = self._codes.mint(name, "")
            except CodesUnavailableError as error:
                logger.error("%s %s", error.message, error.hint)
                return hashed_code(name, "")
        return self._book_codes[name]

    def _publish(self, listing: Listing) -> None:
        document = listing.to_json()
        if document != self._on_card():
            if listing.problem and listing.problem != self.listing.problem:
                logger.error("%s", listing.problem)
            self._announce(listing)
            self._write(self._listing_path, document)
        self.listing = listing

    def _on_card(self) -> bytes | None:
        """The list as it stands on the card, which may have spoilt it."""
        try:
            return self._listing_path.read_bytes()
        except OSError:
            return None


def _with_picture(line: Listed, there: Collection[str]) -> Listed:
    """The line without the name of a picture that is not there, so that no page shows a hole."""
    if line.facts is None or not line.facts.small_picture or line.facts.small_picture in there:
        return line
    return replace(line, facts=replace(line.facts, small_picture=""))


def _awaits_check(line: Listed) -> bool:
    return line.reason == reasons.TO_BE_CHECKED


def _to_look_at(paths: list[Path]) -> list[Path]:
    """Books, films and sounds, and the descriptions of these; other files are nobody's business."""
    described = {stem_of(path.name) for path in paths if is_media_file(path)}
    return [
        path
        for path in paths
        if is_book_file(path) or is_media_file(path) or (is_sidecar(path) and stem_of(path.name) in described)
    ]


def create_app(keeper: Keeper, filling: Callable[[], str] = str) -> Flask:
    """The keeper's own small site, on its UNIX socket.

    Args:
        keeper: whom it speaks for.
        filling: how filling the search index goes, one of ``library.search.indexing.Filling``, or "".
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        return jsonify(ok=keeper.alive), 200 if keeper.alive else 503

    @app.get("/status")
    def status() -> ResponseReturnValue:
        states = [line.state for line in keeper.listing.books]
        counts = {state.value: states.count(state) for state in State}
        played = sum(line.state is State.READY and line.kind != Kind.BOOK for line in keeper.listing.books)
        return jsonify(problem=keeper.listing.problem, played=played, filling=filling(), **counts)

    @app.post("/refresh")
    def refresh() -> ResponseReturnValue:
        asked = request.get_json(silent=True)
        verified = asked.get("verified", []) if isinstance(asked, dict) else []
        if not isinstance(verified, list) or any(not isinstance(file, str) or "/" in file for file in verified):
            return jsonify(error="verified must be a list of file names"), 400
        keeper.refresh(verified)
        return jsonify(ok=True), 202

    return app
