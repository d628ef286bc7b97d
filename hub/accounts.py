"""Who may look after the hub: four roles, each with a PIN or password, kept as argon2id hashes in one SQLite file.

There is no secret at first: while the technician has none, a one-time set-up code lies in the run folder and sets it.
Every guess, at a PIN or at the code, passes the doorkeeper before anything is computed, and every computation costs the
same whether the role exists or not.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from hub import doorkeeper, pins, roles, sessions, setup_code
from hub.accounts_file import AccountsFile, AccountsUnavailableError, Ledger, Moment, present
from hub.doorkeeper import Counter
from hub.errors import HubError, Sentence
from hub.roles import Role

logger = logging.getLogger(__name__)

DEVICE_TRIES: Final = 10
"""After this many wrong tries a device that had logged in before is a stranger again."""

_SET_UP: Final = Counter("set-up")
_NO_ROLE: Final = Counter("role:none")


class SetUpClosedError(HubError):
    """The technician has a PIN already; the set-up code is void."""


def hasher() -> argon2.PasswordHasher:
    """argon2id with 19 MiB, 2 rounds, 1 lane: what a Raspberry Pi 3 computes within a second.

    Source: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html, "Argon2id".
    """
    return argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a device gets when it logs in; neither token is kept by the hub itself.

    Attributes:
        session: the token of the new session.
        device: the token that tells this device from strangers the next time.
    """

    session: str
    device: str


@dataclass(frozen=True, slots=True)
class _Right:
    """A PIN that was right a moment ago."""

    role: Role
    stored: str
    renewed: str
    counters: tuple[Counter, ...]


class Accounts:
    """The accounts of one hub; each web process has its own object, all share the file. Safe among threads.

    Every method that asks or changes raises ``AccountsUnavailableError`` when the file cannot be used, and lets nobody
    in.

    Args:
        state_dir: the folder in which ``accounts.sqlite`` lies.
        run_dir: the folder in which the set-up code lies while the technician has no PIN.
        password_hasher: computes the hashes; those of other parameters are renewed when their PIN is next typed.
        moment: tells the time.
    """

    def __init__(
        self,
        state_dir: Path,
        run_dir: Path,
        password_hasher: argon2.PasswordHasher | None = None,
        moment: Callable[[], Moment] = present,
    ) -> None:
        self._file = AccountsFile(state_dir / "accounts.sqlite", moment)
        self._run_dir = run_dir
        self._hasher = password_hasher or hasher()
        self._computing = threading.Lock()  # one hash at a time in each process: 19 MiB each, on a machine of 1 GiB

    def prepare(self) -> None:
        """Make the file and, while the technician has no PIN, the set-up code. Never raises: books come first."""
        for _attempt in range(2):  # a damaged file is put aside by the first
            try:
                self.is_set_up()
            except HubError as error:
                logger.error("%s %s", error.message, error.hint)
            else:
                return

    def is_set_up(self) -> bool:
        """Whether the technician has a PIN; while there is none, a set-up code is waiting in the run folder."""
        if self.has_pin(Role.TECHNICIAN):
            return True
        try:
            setup_code.offer(self._run_dir)
        except OSError as error:
            reason = Sentence(
                "The set-up code cannot be written into %(folder)s: %(reason)s.",
                folder=self._run_dir,
                reason=error.strerror,
            )
            raise AccountsUnavailableError(reason, Sentence("Give the folder to the user of the website.")) from error
        return False

    @property
    def setup_code_file(self) -> Path:
        """Where the set-up code lies while it is waiting."""
        return self._run_dir / setup_code.NAME

    def was_damaged(self) -> bool:
        """Whether a damaged file has been put aside."""
        return bool(self._file.damaged())

    def has_pin(self, role: Role) -> bool:
        """Whether a role has a PIN, and so can log in."""
        with self._file.reading() as ledger:
            return _stored(ledger, role) is not None

    def set_up(self, code: str, secret: str, device: str = "") -> Entry | None:
        """Give the technician the first PIN and log in; None when the code is wrong.

        Args:
            code: the set-up code as typed.
            secret: the new PIN or password as typed, without weakness.
            device: the token of the device, when it has one.

        Raises:
            SetUpClosedError: the technician has a PIN already.
            TooManyTriesError: there were too many wrong codes.
        """
        counters = (_SET_UP, doorkeeper.ALL)
        with self._file.writing() as ledger:
            _ensure_open(ledger)
            doorkeeper.charge(ledger, counters)
        if not setup_code.matches(self._run_dir, code):
            logger.warning("A wrong set-up code was typed.")
            return None
        stored = self._hash(_strong(secret))
        with self._file.writing() as ledger:
            _ensure_open(ledger)
            doorkeeper.forgive(ledger, counters)
            _store(ledger, Role.TECHNICIAN, stored)
            entry = _enter(ledger, Role.TECHNICIAN, device)
        with contextlib.suppress(OSError):
            setup_code.withdraw(self._run_dir)
        logger.info("The hub has been set up: the technician has a PIN.")
        return entry

    def log_in(self, role: str, secret: str, device: str = "") -> Entry | None:
        """Begin a session; None when the PIN is wrong, or the role unknown or without a PIN.

        Args:
            role: the value of a role.
            secret: its PIN or password as typed.
            device: the token of the device, when it has one.

        Raises:
            TooManyTriesError: there were too many wrong tries.
        """
        right = self._judge(role, secret, device)
        if right is None:
            return None
        with self._file.writing() as ledger:
            if not _accept(ledger, right):
                return None
            entry = _enter(ledger, right.role, device)
        logger.info("Logged in: %s", right.role.value)
        return entry

    def confirm(self, role: Role, secret: str, device: str = "") -> bool:
        """Whether this is the role's PIN: asked again before something that matters.

        Raises:
            TooManyTriesError: there were too many wrong tries.
        """
        right = self._judge(role, secret, device)
        if right is None:
            return False
        with self._file.writing() as ledger:
            return _accept(ledger, right)

    def set_pin(self, role: Role, secret: str) -> None:
        """Give a role a new PIN; its sessions end, its devices are strangers again, its wrong tries are forgotten.

        Args:
            role: whose.
            secret: the new PIN or password as typed, without weakness.
        """
        stored = self._hash(_strong(secret))
        with self._file.writing() as ledger:
            _store(ledger, role, stored)
        logger.info("A new PIN was set: %s", role.value)

    def close(self, role: Role) -> None:
        """Take a role's PIN away, so that it cannot log in any more, and end its sessions; never the technician's."""
        if role is Role.TECHNICIAN:
            raise ValueError("a hub keeps its technician")
        with self._file.writing() as ledger:
            ledger.database.execute("delete from accounts where role = ?", (role.value,))
            sessions.end_all(ledger, role)
        logger.info("The PIN was taken away: %s", role.value)

    def enter(self, role: Role, device: str = "") -> Entry:
        """Begin a session without a PIN, for the device that has just set it."""
        with self._file.writing() as ledger:
            return _enter(ledger, role, device)

    def role_of(self, session: str) -> Role | None:
        """The role that a session's token is logged in as."""
        with self._file.reading() as ledger:
            found = sessions.role_of(ledger, session)
        if found is None:
            return None
        role, worth_writing = found
        if worth_writing:
            with contextlib.suppress(AccountsUnavailableError), self._file.writing() as ledger:
                sessions.touch(ledger, session)
        return role

    def log_out(self, session: str) -> None:
        """End a session."""
        with self._file.writing() as ledger:
            sessions.end(ledger, session)

    def release(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _judge(self, role_value: str, typed: str, device: str) -> _Right | None:
        """Count a try, then see whether it is right."""
        secret = pins.folded(typed)
        if secret is None:
            return None  # longer than any password: nothing is computed, so nothing needs to be counted
        role = roles.known(role_value)
        with self._file.writing() as ledger:
            counters = _counters(ledger, role, device)
            tries = doorkeeper.charge(ledger, counters)
            if role and doorkeeper.ALL not in counters and tries >= DEVICE_TRIES:
                sessions.forget_device(ledger, role, device)
            stored = _stored(ledger, role) if role else None
        if role is None or stored is None:
            self._hash(secret)  # the same work as for a role that has a PIN
        elif self._verify(stored, secret):
            renewed = self._hash(secret) if self._hasher.check_needs_rehash(stored) else stored
            return _Right(role, stored, renewed, counters)
        logger.warning("A wrong PIN was typed: %s, try %d", role.value if role else "no such role", tries)
        return None

    def _hash(self, secret: str) -> str:
        with self._computing:
            return self._hasher.hash(secret.encode("utf-8", "surrogatepass"))

    def _verify(self, stored: str, secret: str) -> bool:
        try:
            with self._computing:
                return self._hasher.verify(stored, secret.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False


def _strong(typed: str) -> str:
    secret = pins.folded(typed)
    if secret is None or pins.weakness(typed) is not None:
        raise ValueError("too weak; pins.weakness tells why")
    return secret


def _ensure_open(ledger: Ledger) -> None:
    if _stored(ledger, Role.TECHNICIAN) is not None:
        raise SetUpClosedError(
            Sentence("This hub has been set up already."), Sentence("Log in with the technician's PIN.")
        )


def _counters(ledger: Ledger, role: Role | None, device: str) -> tuple[Counter, ...]:
    """What a try is counted for: a known device by itself, a stranger with all strangers."""
    if role is None:
        return _NO_ROLE, doorkeeper.ALL
    key = sessions.device_key(ledger, role, device) if device else None
    return (Counter(key),) if key else (Counter(f"role:{role.value}"), doorkeeper.ALL)


def _accept(ledger: Ledger, right: _Right) -> bool:
    """Take back the try and renew the hash; False when the PIN was changed while it was being judged."""
    if _stored(ledger, right.role) != right.stored:
        return False
    doorkeeper.forgive(ledger, right.counters)
    if right.renewed != right.stored:
        ledger.database.execute("update accounts set hash = ? where role = ?", (right.renewed, right.role.value))
    return True


def _enter(ledger: Ledger, role: Role, device: str) -> Entry:
    return Entry(sessions.begin(ledger, role), sessions.know_device(ledger, role, device))


def _store(ledger: Ledger, role: Role, stored: str) -> None:
    ledger.database.execute("insert or replace into accounts values (?, ?)", (role.value, stored))
    ledger.database.execute("delete from tries where key = ?", (f"role:{role.value}",))
    sessions.end_all(ledger, role)


def _stored(ledger: Ledger, role: Role) -> str | None:
    """A role's hash; None when it has none, or one that cannot be read as such."""
    row = ledger.database.execute("select hash from accounts where role = ?", (role.value,)).fetchone()
    try:
        argon2.extract_parameters(str(row[0]) if row else "")
    except InvalidHashError:
        return None
    return str(row[0])
