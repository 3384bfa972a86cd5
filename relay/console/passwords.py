"""Operators' passwords: a file of argon2id hashes, a line `hash login` each, for its owner alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callcenter.settings import Settings, SettingsError

LEAST_CHARACTERS: Final = 12
MOST_CHARACTERS: Final = 256
MOST_BYTES: Final = 4 << 20
_HASHER = PasswordHasher()  # argon2id, RFC 9106's second recommendation: 64 MiB
_NOBODYS = _HASHER.hash(secrets.token_hex())


def passwords_path(settings: Settings) -> Path:
    chosen = settings.console.passwords_file if settings.console else None
    return chosen or settings.path.parent / "relay.passwords"


def read_passwords(path: Path) -> dict[str, str]:
    """Hashes by login; none where there is no file. SettingsError where it cannot be read, never with what is in it."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise SettingsError(f"{path}: larger than {MOST_BYTES} bytes: is it the right file?")
    found: dict[str, str] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        hashed, _, login = line.partition(" ")
        if not hashed.startswith("$argon2") or not login:
            raise SettingsError(f"{path}: line {number}: must be an argon2 hash and a login")
        found[login] = hashed
    return found


def set_password(path: Path, login: str, password: str | None) -> bool:
    """The file is replaced as a whole; None takes the password away. False where there was none to take."""
    with _locked(path):
        known = read_passwords(path)
        was_there = known.pop(login, None) is not None
        if password is not None:
            known[login] = _HASHER.hash(password)
        _replace(path, "".join(f"{hashed} {name}\n" for name, hashed in known.items()))
        return was_there or password is not None


def fault_of(password: str) -> str:
    """Why it is not taken; empty where it is."""
    if len(password) < LEAST_CHARACTERS:
        return f"shorter than {LEAST_CHARACTERS} characters"
    return f"longer than {MOST_CHARACTERS} characters" if len(password) > MOST_CHARACTERS else ""


def is_password(text: str) -> bool:
    """Whether it could be one: of a length, and of characters that UTF-8 knows."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return len(text) <= MOST_CHARACTERS


def credential_of(hashed: str) -> str:
    """What a session keeps of the password it was begun with."""
    return hashlib.sha256(hashed.encode()).hexdigest()


@dataclass(slots=True)
class Passwords:
    """The file as it is now: read again when it has changed, so that a new password holds at once."""

    path: Path
    _known: dict[str, str] = field(default_factory=dict, repr=False)
    _stamp: tuple[int, int, int] | None = None

    def hash_of(self, login: str) -> str | None:
        return self._now().get(login)

    def logins(self) -> Iterable[str]:
        """Who has a password."""
        return self._now().keys()

    def verify(self, login: str, password: str) -> str | None:
        """The hash it was checked against; None where it is wrong. As long for nobody's login as for somebody's.

        It takes some 50 ms of a core: call it in a thread.
        """
        hashed = self.hash_of(login)
        try:
            _HASHER.verify(hashed or _NOBODYS, password[:MOST_CHARACTERS])
        except (VerificationError, InvalidHashError):
            return None
        return hashed

    def _now(self) -> dict[str, str]:
        stamp = self._stat()
        if stamp != self._stamp:
            self._known, self._stamp = read_passwords(self.path), stamp
        return self._known

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _replace(path: Path, text: str) -> None:
    """The old file or the new one, whenever the machine stops; its owner stays who he was."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            if path.exists() and os.geteuid() == 0:
                owner = path.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
