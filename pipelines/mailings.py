"""What was mailed to whom: written down before and after, so that nothing is mailed twice by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import duckdb

from pipelines.mail import Answer, Outcome
from warehouse.engine import transaction

_SENDING = "sending"
_IN_DOUBT = (_SENDING, Outcome.unknown)


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of one report. `recipients` are to get it now; of `in_doubt` nobody knows whether they have.

    A report that is sent again has the next `number`, and so another Message-ID; one that is tried again has not.
    """

    company: str
    period: str
    number: int
    recipients: tuple[str, ...]
    in_doubt: tuple[str, ...] = ()

    def message_id(self, sender: str) -> str:
        """The same for the same report, recipients and number, whoever asks and how often."""
        parts = (self.company, self.period, str(self.number), *sorted((*self.recipients, *self.in_doubt)))
        return f"<{sha256(chr(0).join(parts).encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def begin(
    con: duckdb.DuckDBPyConnection,
    report: tuple[str, str],
    recipients: Sequence[str],
    now: datetime,
    is_again: bool,
) -> Sending:
    """Writes down who is to get the report (Company, period) now: who has not got it; with `is_again`, everybody.

    `now` is naive UTC. Whoever calls sends next, and notes what came of it.
    """
    company, period = report
    rows = con.execute(
        "SELECT recipient, number, outcome FROM ledger.mail WHERE company_id = $company AND period = $period"
        " QUALIFY row_number() OVER (PARTITION BY recipient ORDER BY number DESC, rowid DESC) = 1",
        {"company": company, "period": period},
    ).fetchall()
    last = {recipient: (number, outcome) for recipient, number, outcome in rows}
    number = max((each for each, _ in last.values()), default=0)
    if is_again or not number:
        sending = Sending(company, period, number + 1, tuple(recipients))
    else:
        outcomes = {recipient: last.get(recipient, (0, None))[1] for recipient in recipients}
        undone = (None, Outcome.failed, Outcome.refused)
        sending = Sending(
            company,
            period,
            number,
            tuple(each for each in recipients if outcomes[each] in undone),
            tuple(each for each in recipients if outcomes[each] in _IN_DOUBT),
        )
    _write(con, sending, dict.fromkeys(sending.recipients, (_SENDING, "")), now)
    return sending


def note(
    con: duckdb.DuckDBPyConnection, sending: Sending, answers: Mapping[str, Answer], now: datetime
) -> None:
    _write(con, sending, {each: (answer.outcome, answer.detail) for each, answer in answers.items()}, now)


def _write(
    con: duckdb.DuckDBPyConnection, sending: Sending, outcomes: Mapping[str, tuple[str, str]], now: datetime
) -> None:
    with transaction(con):
        for recipient, (outcome, detail) in outcomes.items():
            con.execute(
                "INSERT INTO ledger.mail VALUES ($company, $period, $recipient, $number, $outcome, $now, $detail)",
                {
                    "company": sending.company,
                    "period": sending.period,
                    "recipient": recipient,
                    "number": sending.number,
                    "outcome": str(outcome),
                    "now": now,
                    "detail": detail,
                },
            )
