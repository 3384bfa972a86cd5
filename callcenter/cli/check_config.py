"""`callcenter check-config`: every fault of the settings, or what they come to. Changes nothing."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from callcenter.cli.options import ConfigOption
from callcenter.partners import differences, is_wanted, kept, kept_path
from callcenter.settings import (
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    Database,
    Pbx,
    Settings,
    SettingsError,
    find_settings,
    load_settings,
    number_key,
)


def check_config(config: ConfigOption = None) -> None:
    """Tell every fault of the settings, or what they come to. Changes nothing."""
    try:
        settings = load_settings(find_settings(config))
        _check_number_key(settings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    sys.stdout.writelines(f"{line}\n" for line in _summary(settings))
    sys.stderr.writelines(f"warning: {warning}\n" for warning in warnings(settings))


def _check_number_key(settings: Settings) -> None:
    """Only a key that is given: reading it must not make one."""
    if (
        os.environ.get(KEY_VARIABLE)
        or os.environ.get(KEY_FILE_VARIABLE)
        or settings.warehouse.number_key_file
    ):
        number_key(settings)


def _summary(settings: Settings) -> Iterator[str]:
    yield f"{settings.path}: no faults"
    for pbx in settings.pbxs:
        yield f"PBX {pbx.name}: trunks {', '.join(pbx.trunks)}; CDR times in {pbx.cdr_timezone}"
        for key, pattern in _globs(pbx):
            yield f"  {key} {pattern}: {_count(len(_files(pattern)), 'file')}"
        for key, database in databases(pbx):
            yield f"  {key} {database.url}: table {database.table}, times in {database.timezone}"
    for company in settings.companies:
        owned = (
            _count(len(company.dids), "DID"),
            _count(len(company.queues), "queue"),
            _count(len(company.account_codes), "account code"),
        )
        yield f"Company {company.id} ({company.name}), {company.timezone}: {', '.join(owned)}"
    for operator in settings.operators:
        where = ", ".join(operator.companies)
        yield f"operator {operator.login} ({operator.interface}, {operator.member}): {where}"
    for administrator in settings.administrators:
        yield f"administrator {administrator.login}: {', '.join(administrator.companies)}"


def warnings(settings: Settings) -> Iterator[str]:
    """What is no fault of the settings, but hardly meant."""
    uses: Counter[str] = Counter()
    for pbx in settings.pbxs:
        for key, pattern in _globs(pbx):
            if not _files(pattern):
                yield f"PBX {pbx.name}: {key}: no file matches {pattern}"
        for patterns in (pbx.queue_log, pbx.cdr_csv):
            uses.update({file for pattern in patterns for file in _files(pattern)})
    for file, times in sorted(uses.items()):
        if times > 1:
            yield f"{file} is matched by {times} lists of patterns: it would be loaded for each"
        if not os.access(file, os.R_OK):
            yield f"{file} cannot be read by this user"
    yield from _outside_operators(settings)
    yield from _unknown_to_loymax(settings)


def _unknown_to_loymax(settings: Settings) -> Iterator[str]:
    """By its last good answer, if it was ever asked. A load must go on whatever that file holds."""
    if not is_wanted(settings):
        return
    try:
        last = kept(kept_path(settings))
    except SettingsError as unusable:
        yield str(unusable)
        return
    if last is None:
        return
    for each in differences(settings.companies, last.partners):
        yield f"{settings.path}: {each.place}: {each.text} (asked {last.age(datetime.now(UTC))})"


def _outside_operators(settings: Settings) -> Iterator[str]:
    for pbx in settings.pbxs:
        for operator in settings.operators:
            if operator.interface.startswith(pbx.trunks):
                yield f"PBX {pbx.name}: operator {operator.login} ({operator.interface}) counts as a trunk"


def log_files(settings: Settings) -> set[str]:
    """Every file that a pattern of the settings matches."""
    return {file for pbx in settings.pbxs for _, pattern in _globs(pbx) for file in _files(pattern)}


def databases(pbx: Pbx) -> list[tuple[str, Database]]:
    """The tables that are read beside, or instead of, files."""
    tables = (("cdr_database", pbx.cdr_database), ("queue_log_database", pbx.queue_log_database))
    return [(key, database) for key, database in tables if database is not None]


def _globs(pbx: Pbx) -> list[tuple[str, str]]:
    return [("queue_log", each) for each in pbx.queue_log] + [("cdr_csv", each) for each in pbx.cdr_csv]


def _files(pattern: str) -> list[str]:
    names = glob.glob(pattern)  # noqa: PTH207 -- as the loader does; Path.glob takes no absolute pattern
    return sorted(name for name in names if Path(name).is_file())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
