"""The callback queue's rows: an entry is loaded with its row locked, changed by a pure function, and saved.

Every function is given a transaction that is open. SQLite has one writer at a time; PostgreSQL locks the row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, insert, or_, select, update

from relay.callbacks.entry import Claim, Entry
from relay.callbacks.facts import CallbackAsked, CallbackNoted
from relay.sealing import Seal
from relay.store.engine import insert_once
from relay.store.schema import call, callback, callback_claim, callback_note, fact
from relay.store.statement import first
from relay.words import CallbackId, CallId, ClaimId, CompanyId, PbxName

_CLAIM = tuple(name for name in Claim.__dataclass_fields__)
_SAME_NAME = (
    *("company", "number_key", "pbx", "reason", "opened_at", "missed_at", "missed", "is_vip", "state"),
    *(
        "attempts",
        "next_try_at",
        "expires_at",
        "last_result",
        "outcome",
        "closed_at",
        "closed_by",
        "asked_at",
    ),
)
_IS_OPEN = callback.c.state != "closed"
_CALLER = select(call.c.company, call.c.pbx, call.c.number_key, call.c.started_at).where(
    call.c.id == bindparam("of")
)
_LOCKED = select(callback).where(callback.c.id == bindparam("of")).with_for_update()
_OPEN_OF_CALLER = (
    select(callback.c.id)
    .where(callback.c.company == bindparam("company"), callback.c.number_key == bindparam("key"), _IS_OPEN)
    .with_for_update()
)
_ASKED = select(fact.c.id).where(fact.c.call_id == bindparam("of"), fact.c.key == CallbackAsked.KEY)
_ONE_CLAIM = select(callback_claim).where(callback_claim.c.id == bindparam("of"))


def load(con: Connection, of: CallbackId) -> Entry | None:
    row = con.execute(_LOCKED, {"of": of}).one_or_none()
    return _entry(con, row) if row is not None else None


def load_open(con: Connection, company: CompanyId, number_key: str) -> Entry | None:
    """The entry of a caller that is not closed, where there is one."""
    found = first(con, _OPEN_OF_CALLER, {"company": company, "key": number_key})
    return load(con, CallbackId(found[0])) if found else None


def load_of_claim(con: Connection, of: ClaimId) -> tuple[Entry, Claim] | None:
    found = con.execute(_ONE_CLAIM, {"of": of}).one_or_none()
    entry = load(con, CallbackId(found.callback_id)) if found is not None else None
    if found is None or entry is None:
        return None
    # Read again: the row was not locked before the entry was.
    fresh = con.execute(_ONE_CLAIM, {"of": of}).one()
    return entry, _claim(fresh)


def add(con: Connection, entry: Entry) -> Entry | None:
    """With the id it is given; None where the caller has an open entry already."""
    row = _row(entry)
    of_caller = callback.c.company == entry.company, callback.c.number_key == entry.number_key
    if not insert_once(con, callback, row):
        return None
    found = con.execute(select(callback.c.id).where(*of_caller, _IS_OPEN))
    return replace(entry, id=CallbackId(found.scalar_one()))


def save(con: Connection, before: Entry, after: Entry) -> None:
    """What changed."""
    if after.claim is not None and after.claim != before.claim:
        _save_claim(con, after.id, after.claim)
    old, new = _row(before), _row(after)
    if changed := {name: value for name, value in new.items() if value != old[name]}:
        con.execute(update(callback).where(callback.c.id == after.id).values(changed))


def add_note(con: Connection, seal: Seal, noted: CallbackNoted) -> None:
    values = {"id": noted.note, "callback_id": noted.callback, "at": noted.at, "operator": noted.operator}
    sealed = seal.seal(noted.text, note_purpose(noted.note))
    insert_once(con, callback_note, values | {"sealed_text": sealed})


def note_purpose(note: str) -> str:
    return f"note:{note}"


def running(con: Connection, pbx: PbxName, dialled_before: datetime) -> list[ClaimId]:
    """Dials that have not ended as far as is known."""
    query = (
        select(callback_claim.c.id)
        .join(callback, callback.c.id == callback_claim.c.callback_id)
        .where(
            callback.c.pbx == pbx,
            callback_claim.c.dialled_at <= dialled_before,
            callback_claim.c.ended_at.is_(None),
        )
    )
    return list(con.execute(query).scalars())


def due(con: Connection, now: datetime) -> list[CallbackId]:
    """Entries whose lease or whose time is over."""
    lapsed = and_(callback.c.state == "claimed", callback_claim.c.until <= now)
    expired = and_(callback.c.state == "open", callback.c.expires_at <= now)
    query = (
        select(callback.c.id)
        .outerjoin(callback_claim, callback_claim.c.id == callback.c.claim_id)
        .where(callback.c.state.in_(("open", "claimed")), or_(lapsed, expired))
    )
    return list(con.execute(query).scalars())


def unseen(con: Connection, now: datetime) -> dict[PbxName, list[tuple[ClaimId, datetime]]]:
    """Dials nothing was heard of for a while, by PBX, each with since when somebody ought to have looked."""
    query = (
        select(callback.c.pbx, callback_claim.c.id, callback_claim.c.until)
        .join(callback, callback.c.id == callback_claim.c.callback_id)
        .where(
            callback_claim.c.dialled_at.is_not(None),
            callback_claim.c.result.is_(None),
            callback_claim.c.until <= now,
        )
    )
    found: dict[PbxName, list[tuple[ClaimId, datetime]]] = {}
    for pbx, claim, until in con.execute(query):
        found.setdefault(pbx, []).append((claim, until))
    return found


def dials_of_closed(con: Connection) -> dict[PbxName, list[ClaimId]]:
    """Dials under way whose entry was closed meanwhile, by PBX."""
    query = (
        select(callback.c.pbx, callback_claim.c.id)
        .join(callback, callback.c.id == callback_claim.c.callback_id)
        .where(
            callback_claim.c.ended_at.is_(None),
            callback_claim.c.dialled_at.is_not(None),
            callback_claim.c.result.is_(None),
            callback.c.state == "closed",
        )
    )
    found: dict[PbxName, list[ClaimId]] = {}
    for pbx, claim in con.execute(query):
        found.setdefault(pbx, []).append(claim)
    return found


@dataclass(frozen=True, slots=True)
class KeyOf:
    """A Company's caller: by the whole number key, or by the 32 digits of it that the warehouse keeps."""

    company: CompanyId
    number_key: str

    @property
    def beyond(self) -> str:
        return self.number_key + "g"

    def of(self, table: Table) -> tuple[ColumnElement[bool], ...]:
        begins = table.c.number_key >= self.number_key, table.c.number_key < self.beyond
        return table.c.company == self.company, *begins


def was_served(con: Connection, of: KeyOf, since: datetime, missed_at: datetime) -> bool:
    """Whether the caller has spoken to an operator since: in a call of his own, or called back.

    Or whether an operator has done with him after he was missed, which is told late only.
    """
    begins = {"company": of.company, "key": of.number_key, "beyond": of.beyond}
    if first(con, _ANSWERED_SINCE, begins | {"since": since}):
        return True
    return first(con, _CLOSED_SINCE, begins | {"since": since, "missed_at": missed_at}) is not None


def _of_key(table: Table) -> tuple[ColumnElement[bool], ...]:
    begins = table.c.number_key >= bindparam("key"), table.c.number_key < bindparam("beyond")
    return table.c.company == bindparam("company"), *begins


_ANSWERED_SINCE = select(call.c.id).where(*_of_key(call), call.c.answered_at >= bindparam("since")).limit(1)
_WAS = callback.c.outcome
_CLOSED_SINCE = (
    select(callback.c.id)
    .where(
        *_of_key(callback),
        or_(
            and_(or_(_WAS == "reached", _WAS == "self_served"), callback.c.closed_at >= bindparam("since")),
            and_(or_(_WAS == "refused", _WAS == "gave_up"), callback.c.closed_at > bindparam("missed_at")),
        ),
    )
    .limit(1)
)


def call_among(con: Connection, ids: Collection[CallId]) -> Any:
    """(id, answered_at, ended_at, is_missed) of the call that has one of the ids, the oldest where several have."""
    found = select(call.c.id, call.c.answered_at, call.c.ended_at, call.c.is_missed)
    return con.execute(found.where(call.c.id.in_(ids)).order_by(call.c.started_at).limit(1)).one_or_none()


def companies_of(con: Connection, calls: Collection[CallId], claims: Collection[ClaimId]) -> set[CompanyId]:
    """Whose the calls are, and the entries of the claims; of what is not known, nobody's."""
    of_calls = select(call.c.company).where(call.c.id.in_(calls))
    entries = select(callback.c.company).join(callback_claim, callback_claim.c.callback_id == callback.c.id)
    of_claims = entries.where(callback_claim.c.id.in_(claims))
    return {*con.execute(of_calls).scalars(), *(con.execute(of_claims).scalars() if claims else ())}


def open_of(
    con: Connection, company: CompanyId, number_key: str | None, last_calls: Collection[CallId]
) -> list[CallbackId]:
    """The entries of a caller, or whose last call is one of these, that are not closed."""
    whose: ColumnElement[bool] = callback.c.last_call_id.in_(last_calls)
    if number_key is not None:
        whose = or_(whose, and_(*KeyOf(company, number_key).of(callback)))
    return list(con.execute(select(callback.c.id).where(whose, _IS_OPEN)).scalars())


class CalledFrom(NamedTuple):
    company: CompanyId
    pbx: PbxName
    number_key: str | None
    started_at: datetime


def has_asked(con: Connection, of: CallId) -> bool:
    """Whether the caller asked in this call to be called back."""
    return first(con, _ASKED, {"of": of}) is not None


def caller_of(con: Connection, of: CallId) -> CalledFrom:
    """Of a call that has been recorded."""
    return CalledFrom(*first(con, _CALLER, {"of": of}))


def open_in(con: Connection, companies: Iterable[str], keys: Iterable[str]) -> list[CallbackId]:
    """The entries that any of the numbers has in any of the Companies."""
    query = select(callback.c.id).where(
        callback.c.company.in_(list(companies)), callback.c.number_key.in_(list(keys)), _IS_OPEN
    )
    return list(con.execute(query).scalars())


def _entry(con: Connection, row: Any) -> Entry:
    claim = None
    if row.claim_id is not None:
        claim = _claim(con.execute(_ONE_CLAIM, {"of": row.claim_id}).one())
    return entry_of(row, claim)


def _save_claim(con: Connection, of: CallbackId, claim: Claim) -> None:
    values = asdict(claim)
    known = update(callback_claim).where(callback_claim.c.id == claim.id).values(values)
    if not con.execute(known).rowcount:
        con.execute(insert(callback_claim).values(values | {"callback_id": of}))


def entry_of(row: Any, claim: Claim | None) -> Entry:
    return Entry(
        id=CallbackId(row.id),
        call=CallId(row.call_id),
        last_call=CallId(row.last_call_id),
        claim=claim,
        **{name: getattr(row, name) for name in _SAME_NAME},
    )


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "call_id": entry.call,
        "last_call_id": entry.last_call,
        "claim_id": entry.claim.id if entry.claim else None,
        **{name: getattr(entry, name) for name in _SAME_NAME},
    }


def labelled_claim() -> list[Any]:
    """The columns of an entry's claim, for `read_labelled_claim`."""
    return [callback_claim.c[name].label(f"claimed_{name}") for name in _CLAIM]


def read_labelled_claim(row: Any) -> Claim | None:
    if row.claimed_id is None:
        return None
    return Claim(**{name: getattr(row, f"claimed_{name}") for name in _CLAIM})


def _claim(row: Any) -> Claim:
    return Claim(**{name: getattr(row, name) for name in _CLAIM})
