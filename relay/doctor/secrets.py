"""The files of secrets: is each there, and who may read it. What is in them is read and never told."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callcenter.findings import Finding, fault, ok, warning
from callcenter.number_key import KEY_FILE_VARIABLE, KEY_VARIABLE
from callcenter.secret import read_secret, variable_of
from callcenter.settings import Settings, SettingsError, number_key
from relay.console.passwords import passwords_path, read_passwords
from relay.parts import keys_path, seal_of

SHORT = 16  # characters
PROTECT = "chmod 600, and let the relay's user own it"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where one comes from: the variable, else the file. `place` is the setting's, for people."""

    place: str
    variable: str
    file: Path | None
    is_ours: bool = False  # chosen by whoever runs the relay, so that its length is too


def secrets_of(settings: Settings) -> Iterator[Secret]:
    """The relay's."""
    for pbx in settings.pbxs:
        if pbx.ami:
            place = f"pbx {pbx.name}: ami_secret_file"
            yield Secret(place, variable_of("ami secret", pbx.name), pbx.ami_secret_file, is_ours=True)
    if (relay := settings.relay) and relay.store_password_file:
        yield Secret("relay.store_password_file", variable_of("store password"), relay.store_password_file)
    if loymax := settings.loymax:
        yield Secret("loymax.password_file", variable_of("loymax password"), loymax.password_file)
        signing = loymax.webhook_secret_file
        yield Secret("loymax.webhook_secret_file", variable_of("webhook secret"), signing, is_ours=True)
    if otrs := settings.otrs:
        yield Secret("otrs.password_file", variable_of("otrs password"), otrs.password_file)
    if (console := settings.console) and (jwt := console.jwt):
        yield Secret("console.jwt.key_file", variable_of("console jwt key"), jwt.key_file)
    for service in settings.services:
        place = f"service {service.name}: secret_file"
        yield Secret(place, variable_of("service secret", service.name), service.secret_file, is_ours=True)


def secrets_of_figures(settings: Settings) -> Iterator[Secret]:
    """Those of loading and of reports, which need no relay."""
    for pbx in settings.pbxs:
        tables = {"cdr": pbx.cdr_database, "queue_log": pbx.queue_log_database}
        for kind, table in tables.items():
            variable = variable_of(f"{kind} password", pbx.name)
            if table and (table.password_file or _is_named(variable)):
                yield Secret(f"pbx {pbx.name}: {kind}_database.password_file", variable, table.password_file)
    if (mail := settings.mail) and mail.user:
        yield Secret("mail.password_file", variable_of("mail password"), mail.password_file)


def look_at_secrets(settings: Settings) -> list[Finding]:
    """Without the relay's where there is none."""
    values: dict[str, str] = {}
    figures = [finding for each in secrets_of_figures(settings) for finding in _look(each, {})]
    if settings.relay is None:
        return [*figures, *_number_key(settings)]
    found = [finding for each in secrets_of(settings) for finding in _look(each, values)]
    own = (*_keys(settings), *_number_key(settings), *_passwords(settings))
    return [*found, *figures, *_same_twice(values), *own]


def look_at_settings_file(path: Path) -> Finding:
    """No secret is in it, but who may write it says where tokens go."""
    if _mode(path) & 0o022:
        return fault(
            "settings", f"{path} may be written by others", "chmod go-w: it says where tokens are sent"
        )
    return ok("settings", f"{path}: no faults")


def _look(secret: Secret, values: dict[str, str]) -> Iterator[Finding]:
    try:
        value = read_secret(secret.variable, secret.file, secret.place)
    except SettingsError as missing:
        yield fault("secrets", str(missing), "write it there, for the relay's user alone (mode 0600)")
        return
    values[secret.place] = value
    if secret.is_ours and len(value) < SHORT:
        advice = "a longer one, such as `openssl rand -hex 32` gives"
        yield warning("secrets", f"{secret.place}: shorter than {SHORT} characters", advice)
    if (path := _source(secret)) is None:
        yield ok("secrets", f"{secret.place}: from {secret.variable}")
    else:
        yield _permissions(secret.place, path)


def _source(secret: Secret) -> Path | None:
    """The file it was read from; None for the variable itself."""
    if os.environ.get(secret.variable, "").strip():
        return None
    named = os.environ.get(f"{secret.variable}_FILE")
    return Path(named) if named else secret.file


def _is_named(variable: str) -> bool:
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def _same_twice(values: dict[str, str]) -> Iterator[Finding]:
    """Of two services with one secret, the relay would take one for the other."""
    first: dict[str, str] = {}
    for place, value in values.items():
        if value in first:
            told = f"{place}: the same as {first[value]}"
            yield fault("secrets", told, "a secret of its own for each: who knows one must not be another")
        first.setdefault(value, place)


def _permissions(place: str, path: Path) -> Finding:
    try:
        mode = _mode(path)
    except OSError as error:
        return fault("secrets", f"{place}: {path}: {error.strerror}", PROTECT)
    if mode & 0o007 or mode & 0o020:
        return fault("secrets", f"{place}: {path}: open to others (mode {mode:04o})", PROTECT)
    if mode & 0o040:
        return warning("secrets", f"{place}: {path}: its group may read it (mode {mode:04o})", PROTECT)
    return ok("secrets", f"{place}: {path}: mode {mode:04o}")


def _keys(settings: Settings) -> Iterator[Finding]:
    """Reading them must not make them."""
    path, named = keys_path(settings), os.environ.get(f"{variable_of('relay keys')}_FILE")
    if os.environ.get(variable_of("relay keys")):
        yield ok("secrets", f"relay.keys_file: from {variable_of('relay keys')}")
        return
    source = Path(named) if named else path
    if not source.exists():
        yield ok("secrets", f"relay.keys_file: {source} is made at the first start; back it up then")
        return
    yield _permissions("relay.keys_file", source)
    try:
        seal_of(settings)
    except SettingsError as wrong:
        yield fault(
            "secrets", str(wrong), "restore it from the backup: without its keys the numbers are lost"
        )


def _passwords(settings: Settings) -> Iterator[Finding]:
    """Of those who sign in to the console."""
    if settings.console is None:
        return
    path = passwords_path(settings)
    try:
        known = read_passwords(path)
    except SettingsError as wrong:
        yield fault("secrets", str(wrong), "callcenter passwd writes it")
        return
    if path.exists():
        yield _permissions("console.passwords_file", path)
    if not known and settings.console.jwt is None:
        yield warning(
            "console",
            f"{path}: nobody has a password",
            "callcenter passwd LOGIN for each operator and administrator",
        )
    strangers = len(known.keys() - settings.logins)
    if strangers:
        told = f"{path}: passwords of {strangers} logins that are nobody's"
        yield warning("console", told, "callcenter passwd LOGIN --remove")


def _number_key(settings: Settings) -> Iterator[Finding]:
    own = settings.warehouse.path.parent / "number.key"
    if os.environ.get(KEY_VARIABLE):
        path = None
    else:
        path = Path(os.environ.get(KEY_FILE_VARIABLE) or settings.warehouse.number_key_file or own)
    if path == own and not own.exists():
        yield ok("secrets", f"number key: {own} is made at the first use; back it up then")
        return
    try:
        number_key(settings)
    except SettingsError as missing:
        yield fault("secrets", str(missing), "the key of the backup, or a new one: `openssl rand -hex 32`")
        return
    yield _permissions("number key", path) if path else ok("secrets", f"number key: from {KEY_VARIABLE}")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
