"""What `callcenter init` finds in Asterisk's files and logs, and by its manager interface."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from callcenter.cli.front import CommandError
from callcenter.cli.init_asking import Flags, Questions
from callcenter.cli.init_database import (
    DatabaseLogin,
    DatabaseSeen,
    ask_database,
    database_login,
    printable_url,
)
from callcenter.cli.init_manager import ManagerLogin, ask_manager, manager_login
from callcenter.first_day.cdr_rows import CdrSeen, survey_cdr
from callcenter.first_day.conf import read_conf
from callcenter.first_day.findings import Found, ManagerSeen
from callcenter.first_day.names import slug_of
from callcenter.first_day.places import MISSING, Places, find_places, machine_zone
from callcenter.first_day.queue_lines import QueueSeen, survey_queue_log
from callcenter.first_day.tails import newest_lines
from callcenter.first_day.zone import infer_zone, paired_by_number

Say = Callable[[str], None]
_Seen = TypeVar("_Seen")


@dataclass(frozen=True, slots=True)
class Site:
    """What was found, the PBX's name, and who logs in to its manager."""

    found: Found
    pbx: str
    login: ManagerLogin | None
    database: DatabaseLogin | None = None


def find(flags: Flags, questions: Questions, say: Say) -> Site:
    """CommandError where there is nothing at all."""
    places = _places(flags, questions)
    pbx = flags.pbx or slug_of(places.system_name or socket.gethostname().partition(".")[0], "pbx")
    login = manager_login(flags, questions, pbx, is_likely=places.has_manager)
    manager = _asked(login, questions, say) if login else None
    database = database_login(flags, questions, is_likely=not (places.queue_log and places.cdr))
    tables = _tables(database, flags, questions, say) if database else None
    if not (places.queue_log or places.cdr or manager or tables):
        raise CommandError("nothing was found to count calls by:\n" + "\n".join(places.notes))
    found = survey(places, flags, manager, say)
    if tables is None:
        return Site(found, pbx, login if manager else None)
    return Site(with_tables(found, tables), pbx, login if manager else None, database)


def with_tables(found: Found, seen: DatabaseSeen) -> Found:
    """What tables show goes before what files of the same calls do."""
    needless = tuple(MISSING[each.kind] for each in seen.tables)
    notes = tuple(note for note in found.places.notes if not note.startswith(needless))
    found = replace(found, places=replace(found.places, notes=notes))
    return replace(
        found, cdr=seen.cdr or found.cdr, queue_log=seen.queue_log or found.queue_log, tables=seen.tables
    )


def survey(places: Places, flags: Flags, manager: ManagerSeen | None, say: Say) -> Found:
    """The newest lines of the logs, and Asterisk's settings of queues and trunks where they may be read."""
    say(f"reading {' and '.join(str(each) for each in (places.queue_log, places.cdr) if each)} ...")
    queue_log = survey_queue_log(newest_lines(places.queue_log)) if places.queue_log else QueueSeen()
    cdr = survey_cdr(newest_lines(places.cdr)) if places.cdr else CdrSeen()
    samples = list(cdr.samples.values()) or paired_by_number(queue_log.entered.values(), cdr.starts)
    zone = infer_zone(samples, [each for each in (flags.timezone, machine_zone()) if each])
    queues, pjsip = (read_conf(places.settings / name) for name in ("queues.conf", "pjsip.conf"))
    return Found(places, queue_log, cdr, zone, queues, pjsip, manager, machine_zone())


def _places(flags: Flags, questions: Questions) -> Places:
    """Where nothing is found, somebody may know."""
    places = find_places(flags.asterisk, flags.logs)
    if questions.is_asking and not (places.queue_log or places.cdr or flags.logs):
        named = questions.text(
            "Folder of Asterisk's logs (empty: none here)", "", _folder_fault, may_be_empty=True
        )
        places = find_places(flags.asterisk, Path(named)) if named else places
    return replace(places, notes=(*places.notes, *_unreadable(places)))


def _asked(login: ManagerLogin, questions: Questions, say: Say) -> ManagerSeen | None:
    say(f"asking {login.address} ...")
    seen = _or_without(lambda: ask_manager(login), questions, say)
    for action in seen.too_long if seen else ():
        say(f"its answer to {action} is too long: only the beginning was read")
    return seen


def _tables(login: DatabaseLogin, flags: Flags, questions: Questions, say: Say) -> DatabaseSeen | None:
    say(f"asking {printable_url(login.url)} ...")
    likely = [each for each in (flags.timezone, machine_zone()) if each]
    return _or_without(lambda: ask_database(login, likely), questions, say)


def _or_without(ask: Callable[[], _Seen], questions: Questions, say: Say) -> _Seen | None:
    """Whoever was asked for it may go on without."""
    try:
        return ask()
    except CommandError as fault:
        if not questions.is_asking:
            raise
        say(str(fault))
        if not questions.agrees("Go on without it?"):
            raise
        return None


def _folder_fault(text: str) -> str:
    return "" if not text or Path(text).is_dir() else "no such folder"


def _unreadable(places: Places) -> Iterator[str]:
    for path in (places.queue_log, places.cdr):
        if path and path.exists() and not os.access(path, os.R_OK):
            yield f"{path} may not be read by this user: on Debian, members of the group asterisk may"
