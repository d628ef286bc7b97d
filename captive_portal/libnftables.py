"""The one door to the kernel's packet filter: libnftables, in this process, without starting a program each time.

A command takes some 0.05 ms this way, and 5 ms through `nft`; source: libnftables(3), libnftables-json(5).
"""

import ctypes
import json
import threading
from collections.abc import Mapping
from typing import Any, Final

from captive_portal.errors import Sentence, WallError

_JSON: Final = 1 << 4
_LONGEST_COMPLAINT = 500


class Libnftables:
    """A session with the packet filter of the network namespace in which it was opened; threads may share it.

    Raises:
        WallError: the library is missing.
    """

    def __init__(self) -> None:
        try:
            library = ctypes.CDLL("libnftables.so.1")
        except OSError as error:
            raise WallError(
                Sentence("libnftables is missing."),
                Sentence("Try: %(command)s", command="apt-get install libnftables1"),
            ) from error
        library.nft_ctx_new.restype = ctypes.c_void_p
        library.nft_ctx_new.argtypes = [ctypes.c_uint32]
        for name in ("buffer_output", "buffer_error", "output_get_flags", "free"):
            getattr(library, f"nft_ctx_{name}").argtypes = [ctypes.c_void_p]
        library.nft_ctx_output_set_flags.argtypes = [ctypes.c_void_p, ctypes.c_uint]
        for name in ("get_output_buffer", "get_error_buffer"):
            getattr(library, f"nft_ctx_{name}").argtypes = [ctypes.c_void_p]
            getattr(library, f"nft_ctx_{name}").restype = ctypes.c_char_p
        library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        self._library = library
        self._turn = threading.Lock()
        self._context: int | None = library.nft_ctx_new(0)
        if not self._context:
            raise WallError(Sentence("libnftables did not start."), Sentence("The machine may be out of memory."))
        library.nft_ctx_buffer_output(self._context)
        library.nft_ctx_buffer_error(self._context)

    def run(self, text: str) -> None:
        """Do commands of nft(8): all of them in one transaction, or none.

        Raises:
            WallError: the kernel refused; nothing was changed.
        """
        self._ask(text, 0)

    def ask(self, text: str) -> Mapping[str, Any]:
        """Do a `list` command and return its answer.

        Raises:
            WallError: there is no such thing, or the kernel refused.
        """
        answer: Mapping[str, Any] = json.loads(self._ask(text, _JSON) or "{}")
        return answer

    def get(self, text: str) -> str | None:
        """Do a `get element` command; its answer is text in old versions even when JSON is wished for.

        Returns:
            The answer; None when there is no such element.

        Raises:
            WallError: the kernel refused.
        """
        try:
            return self._ask(text, 0)
        except WallError as error:
            if "No such file" in error.message:
                return None
            raise

    def close(self) -> None:
        """End the session; the rules stay."""
        with self._turn:
            if self._context:
                self._library.nft_ctx_free(self._context)
            self._context = None

    def _ask(self, text: str, flags: int) -> str:
        with self._turn:
            if not self._context:
                raise WallError(
                    Sentence("The session with the packet filter has ended."), Sentence("Open another one.")
                )
            self._library.nft_ctx_output_set_flags(self._context, flags)
            failed = self._library.nft_run_cmd_from_buffer(self._context, text.encode())
            said = (self._library.nft_ctx_get_output_buffer(self._context) or b"").decode(errors="replace")
            complaint = (self._library.nft_ctx_get_error_buffer(self._context) or b"").decode(errors="replace")
        if failed:
            raise WallError(
                Sentence("The packet filter refused: %(complaint)s", complaint=_first_line(complaint)), _hint(complaint)
            )
        return said


def _first_line(complaint: str) -> str:
    """The line that says what is wrong; the lines after it repeat the command, in which addresses of phones stand."""
    lines = complaint.strip().splitlines()
    return lines[0][:_LONGEST_COMPLAINT] if lines else Sentence("it does not say why.")


def _hint(complaint: str) -> str:
    if "not permitted" in complaint:
        return Sentence("Run the gate as root, or give it CAP_NET_ADMIN.")
    if "Too many open files in system" in complaint or "No space left" in complaint:
        return Sentence("The set is full: more phones than the house has addresses.")
    if "No such file" in complaint:
        return Sentence("The table `inet hub` is gone, or the kernel lacks a module: try `nft list table inet hub`.")
    return Sentence("Try: %(command)s", command="nft list table inet hub")
