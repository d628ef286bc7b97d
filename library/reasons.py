"""Why a file is not on the shelf: sentences that pages show in the reader's language, kept in English in files."""

from typing import Final


def N_(sentence: str) -> str:  # noqa: N802 - the name translators' tools look for
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return sentence


COPYING: Final = N_("The file is still being copied.")
TO_BE_CHECKED: Final = N_("The file is being checked.")
EMPTY: Final = N_("The file is empty. Copy it again.")
INCOMPLETE: Final = N_("The file is incomplete. Copy it again.")
NOT_A_FILE: Final = N_("This is not a file. Remove it, or give it another name.")
DANGLING: Final = N_("The link leads to a file that is not there.")
UNREADABLE: Final = N_("The file cannot be read.")
NOT_ZIM: Final = N_("This is not a ZIM file, or its beginning is damaged. Copy it again.")
DAMAGED: Final = N_("The file is damaged. Copy it again.")
NO_CHECKSUM: Final = N_("The file carries no checksum, so nobody can tell whether it is whole.")
NO_PAGES: Final = N_("The file holds no page.")
TOO_SLOW: Final = N_("The check took too long. The memory card may be failing.")
BREAKS_READER: Final = N_("The file makes the reading program fail. Copy it again, or remove it.")
NO_ANSWER: Final = N_("The check ended without an answer. It may need more memory than is allowed.")
NOT_MEDIA: Final = N_("This is not a film or a sound, or its beginning is damaged. Copy it again.")
NOTHING_TO_PLAY: Final = N_("Nothing in this file can be played.")
LOCKED: Final = N_("The file is locked against copying, so it cannot be played here.")
FOREIGN_FORMAT: Final = N_("Telephones cannot play this kind of file. Have it turned into MP4 (H.264, AAC).")
BAD_DESCRIPTION: Final = N_("The description file beside it has mistakes. Mend it; docs/film.example.toml shows how.")
NOT_PERMITTED: Final = N_("Its rights do not permit to show it here.")
NAME_TAKEN: Final = N_("Something else on the shelf has the same name already. Give it another one.")

PASSING: Final = frozenset({TOO_SLOW, BREAKS_READER, NO_ANSWER, UNREADABLE})
"""Reasons that may lie with the machine and not with the file: another start of the hub tries again."""
