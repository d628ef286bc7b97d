"""Brings together what is known of films and sounds: what they are, what their descriptions say, what is permitted.

Pure rules on the keeper's list: nothing is read here.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from library import reasons
from library.content_files import is_sidecar, stem_of
from library.details import about
from library.editions import newest_of_each
from library.facts import Facts, Kind
from library.listing import Listed, State
from library.media.facts import MediaFacts
from library.rights import Use


def join(lines: Sequence[Listed], known_before: Mapping[str, Facts]) -> list[Listed]:
    """The list as it is published: films with their descriptions, without older editions, what is permitted only.

    Args:
        lines: every file as it was judged by itself, descriptions included.
        known_before: by file, what descriptions said before they changed; that holds until they were checked anew.
    """
    sidecars = {stem_of(line.file): line for line in lines if is_sidecar_line(line)}
    items = [line for line in lines if not is_sidecar_line(line)]
    described = [_described(line, sidecars.get(stem_of(line.file)), known_before) for line in items]
    permitted = [_if_permitted(line) for line in described]
    return list(_of_one_name(_without_older_editions(permitted)))


def is_sidecar_line(line: Listed) -> bool:
    """Whether a line of the list stands for a description file."""
    return is_sidecar(Path(line.file))


def _described(line: Listed, sidecar: Listed | None, known_before: Mapping[str, Facts]) -> Listed:
    if sidecar is None or line.facts is None or line.facts.media is None:
        return line
    words = sidecar.facts
    if sidecar.state is State.CHECKING:
        words = known_before.get(sidecar.file)
        if words is None:
            return replace(line, state=State.CHECKING, reason=sidecar.reason, detail="", facts=None)
    if words is None:
        detail = about(sidecar.file, sidecar.detail)
        return replace(line, state=State.QUARANTINED, reason=sidecar.reason, detail=detail, facts=None)
    return replace(line, facts=together(line.facts, words))


def together(film: Facts, words: Facts) -> Facts:
    """What the bytes of a film and its description say, as one."""
    bytes_of, said = film.media or MediaFacts(), words.media or MediaFacts()
    edition = hashlib.blake2b(f"{film.edition}\0{words.edition}".encode(), digest_size=16).hexdigest()
    media = replace(
        bytes_of,
        described=True,
        poster=said.poster,
        subtitles=said.subtitles,
        pauses=said.pauses,
        handouts=said.handouts,
    )
    return replace(words, kind=film.kind, edition=edition, media=media)


def _if_permitted(line: Listed) -> Listed:
    rights = line.facts.rights if line.facts else None
    if line.state is not State.READY or rights is None or rights.permit(Use.HUB):
        return line
    return replace(line, state=State.QUARANTINED, reason=reasons.NOT_PERMITTED, detail=rights.holder, facts=None)


def _without_older_editions(lines: Sequence[Listed]) -> Iterable[Listed]:
    """Older editions go without a word; two files that differ in their ending only are somebody's mistake."""
    newest = {
        kind: newest_of_each(line for line in lines if line.state is State.READY and line.kind == kind) for kind in Kind
    }
    for line in lines:
        winner = newest[Kind(line.kind)].get(line.name) if line.state is State.READY else line
        if winner is line:
            yield line
        elif winner is not None and stem_of(winner.file) == stem_of(line.file) and line.kind != Kind.BOOK:
            yield _name_taken(line, winner)


def _name_taken(line: Listed, by: Listed) -> Listed:
    return replace(line, state=State.QUARANTINED, reason=reasons.NAME_TAKEN, detail=by.file, facts=None)


def _of_one_name(lines: Iterable[Listed]) -> Iterable[Listed]:
    """A name leads to one thing on the shelf: books come before films, films before sounds."""
    order = list(Kind)
    kept = list(lines)
    first: dict[str, Listed] = {}
    for line in sorted(
        (line for line in kept if line.state is State.READY), key=lambda line: order.index(Kind(line.kind))
    ):
        first.setdefault(line.name, line)
    for line in kept:
        if line.state is State.READY and first[line.name] is not line:
            yield _name_taken(line, first[line.name])
        else:
            yield line
