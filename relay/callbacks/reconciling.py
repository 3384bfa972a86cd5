"""What the PBXs' logs know and the relay missed: entries for who was not answered, none for who was served since.

A call is told again and again until its teller knows better: what is there already changes nothing. Each call is a
transaction of its own, in the order of time, so that what is told in one request is as if it had been seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from callcenter.phone import normalise, number_key
from relay.callbacks import queue
from relay.callbacks.facts import Outcome
from relay.callbacks.reconciled import Result, ToldCall
from relay.callbacks.sighting import Seen, claim_of
from relay.calls.facts import Ended, Fact, Missed, Queued, Started
from relay.clock import Clock
from relay.http.auth import Principal
from relay.store import callbacks as rows
from relay.store.audit import Entry as Audited
from relay.store.audit import write_audit
from relay.store.engine import write
from relay.store.recording import Recorder, Recording
from relay.store.waiting import keep
from relay.words import (
    Caller,
    CallId,
    ChannelName,
    ClaimId,
    CompanyId,
    OperatorLogin,
    PbxName,
    QueueName,
    UniqueId,
    call_id,
)

log = structlog.get_logger(__name__)

AHEAD = timedelta(hours=1)  # so far a PBX's clock may be wrong
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_SILENT: frozenset[Result] = frozenset({"known", "number_wanted", "nothing", "too_old", "refused"})


@dataclass(frozen=True, slots=True)
class Reconciling:
    recorder: Recorder
    pbxs: Collection[PbxName]  # whose events the relay reads
    companies: Collection[CompanyId]
    count: Callable[[str], None]  # told of each call's result
    wake: Callable[[], None]
    clock: Clock

    async def reconcile(self, told: Sequence[ToldCall], by: Principal) -> list[Result]:
        """What came of each, in the order told."""
        results: dict[int, Result] = {}
        for place in sorted(range(len(told)), key=lambda place: told[place].ended_at):
            call = told[place]
            results[place] = await self._reconcile(call, _is_served_in(told, call), by)
        found = [results[place] for place in range(len(told))]
        for result in found:
            self.count(result)
        log.info("callbacks.reconciled", by=by.name, results=dict(Counter(found)))
        self.wake()
        return found

    async def _reconcile(self, told: ToldCall, is_served: bool, by: Principal) -> Result:
        now = self.clock()
        if not (self._is_ours(told, by) and self._is_proved(told) and _is_possible(told, now)):
            return "refused"
        if now - told.ended_at >= self.recorder.rules(told.company).expires:
            return "too_old"
        work = self._add_missed if told.outcome == "missed" else self._close_served

        def done(con: Connection) -> Result:
            owners = rows.companies_of(con, _ids(told), _claims(told))
            if not all(by.sees(each) for each in owners):
                return "refused"  # by another Company's call he would change that one's entries
            result = work(self.recorder.recording(con, now), told, is_served)
            if result not in _SILENT:
                write_audit(con, Audited(now, by.name, "callbacks.reconcile", result, _id(told)))
            return result

        return await write(self.recorder.engine, done)

    def _is_ours(self, told: ToldCall, by: Principal) -> bool:
        company = CompanyId(told.company)
        return PbxName(told.pbx) in self.pbxs and company in self.companies and by.sees(company)

    def _is_proved(self, told: ToldCall) -> bool:
        """Only who has the key of numbers, and so read them in the PBXs' logs, can say the caller key of another one.

        Else a service's secret would be enough to have any number called.
        """
        if told.number is None:
            return True
        of_text = number_key(
            self.recorder.number_secret, told.number
        )  # where its Company has no country there
        keys = (of_text, self._key(told) or "")
        return told.caller_key is not None and any(each.startswith(told.caller_key) for each in keys)

    def _add_missed(self, to: Recording, told: ToldCall, is_served: bool) -> Result:
        if told.reason == "closed" and not self.recorder.rules(told.company).is_on_out_of_hours:
            return "nothing"
        known = rows.call_among(to.con, _ids(told))
        if known is not None and (known.ended_at is None or known.answered_at or known.is_missed):
            return "known"
        if known is not None and rows.has_asked(to.con, CallId(known.id)):
            return "known"
        if known is None and told.number is None and told.caller_key is not None:
            return "number_wanted"
        call = CallId(known.id) if known is not None else _id(told)
        for fact in (*_begun(told, call, is_known=known is not None), *_ended(told, call, is_served)):
            to.add(fact)
        if told.reason == "asked":
            self._mark_asked(to, call, _utc(told.ended_at))
        return self._came_of(to.con, call)

    @staticmethod
    def _mark_asked(to: Recording, call: CallId, at: datetime) -> None:
        """The dial plan promised it, and the relay was not there to hear it."""
        of = rows.caller_of(to.con, call)
        entry = rows.load_open(to.con, of.company, of.number_key) if of.number_key else None
        if entry is not None and call in (entry.call, entry.last_call):
            keep(to, entry, queue.ask(entry, call, at, ()))

    def _came_of(self, con: Connection, call: CallId) -> Result:
        of = rows.caller_of(con, call)
        entry = rows.load_open(con, of.company, of.number_key) if of.number_key else None
        if entry is None:
            return "recorded"
        return "opened" if entry.call == call else "joined"

    def _close_served(self, to: Recording, told: ToldCall, _is_served: bool) -> Result:
        """Of an operator and his caller: by the caller's key, by the call itself, or by the claim it was made for."""
        at = _utc(told.answered_at or told.started_at)
        closed = [self._settle(to, claim, at, _utc(told.ended_at)) for claim in _claims(told)]
        for callback in rows.open_of(to.con, CompanyId(told.company), self._key(told), _ids(told)):
            entry = rows.load(to.con, callback)
            if entry is None or entry.state == "closed":
                continue
            last = rows.caller_of(to.con, entry.last_call)
            if at < last.started_at and entry.last_call not in _ids(told):
                continue  # he called once more after that, and was missed
            outcome: Outcome = "reached" if told.outcome == "reached" else "self_served"
            operator = OperatorLogin(told.operator) if told.operator else None
            keep(to, entry, queue.close(entry, outcome, operator, max(at, entry.opened_at)))
            closed.append(True)
        return "closed" if any(closed) else "nothing"

    def _settle(self, to: Recording, claim: ClaimId, at: datetime, ended_at: datetime) -> bool:
        """A dial of ours whose outcome is unknown, and of which the CDR knows that the customer answered."""
        found = rows.load_of_claim(to.con, claim)
        if found is None or found[1].result != "unknown":
            return False
        to.add(Seen(claim=claim, what="customer_answered", at=max(at, found[1].at)))
        to.add(Seen(claim=claim, what="over", at=max(ended_at, found[1].at)))
        return True

    def _key(self, told: ToldCall) -> str | None:
        if told.number is None:
            return told.caller_key
        normalised = normalise(told.number, self.recorder.countries.get(CompanyId(told.company)))
        return number_key(self.recorder.number_secret, normalised) if normalised else None


def _is_served_in(told: Sequence[ToldCall], call: ToldCall) -> bool:
    """Whether one of the calls is a later one in which the same caller and an operator spoke."""
    return call.caller_key is not None and any(
        each.outcome != "missed"
        and (each.company, each.caller_key) == (call.company, call.caller_key)
        and (each.answered_at or each.started_at) >= call.started_at
        for each in told
    )


def _is_possible(told: ToldCall, now: datetime) -> bool:
    """Also in UTC, which has no time before the year 1 or after 9999."""
    answered_at = told.answered_at or told.started_at
    return (
        EARLIEST <= told.started_at <= told.ended_at <= now + AHEAD and EARLIEST <= answered_at <= now + AHEAD
    )


def _begun(told: ToldCall, call: CallId, *, is_known: bool) -> Iterator[Fact]:
    at = _utc(told.started_at)
    if not is_known:
        yield Started(
            call=call,
            at=at,
            pbx=PbxName(told.pbx),
            company=CompanyId(told.company),
            did=told.did,
            channel=ChannelName(""),
            uniqueid=UniqueId(told.uniqueids[0]),
            caller=Caller(told.number or ""),
        )
    if told.queue:
        yield Queued(call=call, at=at, queue=QueueName(told.queue), nth=1)


def _ended(told: ToldCall, call: CallId, is_served: bool) -> tuple[Fact, Fact]:
    at = _utc(told.ended_at)
    return (
        Missed(call=call, at=at, reason=told.reason, is_served=is_served),
        Ended(call=call, at=at, is_answered=False, is_queued=bool(told.queue)),
    )


def _claims(told: ToldCall) -> list[ClaimId]:
    return [claim for each in told.uniqueids if (claim := claim_of(each))]


def _id(told: ToldCall) -> CallId:
    return call_id(PbxName(told.pbx), UniqueId(told.uniqueids[0]))


def _ids(told: ToldCall) -> list[CallId]:
    return [call_id(PbxName(told.pbx), UniqueId(each)) for each in told.uniqueids]


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
