"""Why an EPUB cannot be opened: sentences that pages show in the reader's language, kept in English in files."""

from typing import Final

from library.reasons import N_

BROKEN: Final = N_("This book's file is damaged, so its pages cannot be shown.")
LOCKED: Final = N_("This book's file is locked by whoever sold it, so its pages cannot be shown.")
TOO_LARGE: Final = N_("This book's file is larger than the hub can open safely.")
EMPTY: Final = N_("This book's file holds no pages that can be shown.")
FAILED: Final = N_("This book's file could not be opened.")
