"""The tables. No column holds a number or a token in the clear: `sealed_*` are AES-GCM, `*_sha256` and `*_key` hashes.

A change here needs a migration beside it: a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    and_,
    literal_column,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """An aware instant in UTC; SQLite, which knows no zones, keeps it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """For SQLite the text that SQLAlchemy would make of it, in a fifth of the time: each row has several."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def as_text(value: datetime | None) -> str | None:
            naive = self.process_bind_param(value, dialect)
            return naive.isoformat(" ", "microseconds") if naive else None

        return as_text

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant = value.astimezone(UTC)  # a naive one is a fault: astimezone would take it for local time
        if value.tzinfo is None:
            raise ValueError("a naive instant is not stored")
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _json() -> JSON:
    return JSON().with_variant(JSONB(), "postgresql")


def _json_or_null() -> JSON:
    """None is SQL's NULL, not JSON's."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _serial() -> BigInteger:
    return BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER counts up by itself there


metadata = MetaData(naming_convention=NAMES)

# One row per incoming call. Writer: store.recording.
call = Table(
    "call",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("pbx", String(32), nullable=False),
    Column("company", String(32), nullable=False),
    Column("uniqueid", String(150), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("did", String(80), nullable=False),
    Column("queue", String(128)),
    Column("sealed_number", LargeBinary),
    Column("sealed_name", LargeBinary),
    Column("number_key", String(64), index=True),
    Column("started_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("answered_by", String(200)),
    Column("ended_at", Utc),
    Column("is_missed", Boolean, nullable=False, default=False),
    Column("closed_at", Utc),
    Column("closed_by", String(200)),
    Column("close_reason", String(32)),
)

HAS_CALLER = call.c.sealed_name.is_not(None)  # until it is erased: store.retention looks for the oldest
Index("ix_call_caller", call.c.started_at, sqlite_where=HAS_CALLER, postgresql_where=HAS_CALLER)

# Append-only. Writer: store.recording. (call_id, key) makes a fact told twice a no-op.
fact = Table(
    "fact",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("call_id", String(200), nullable=False),
    Column("key", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("company", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", _json(), nullable=False),
    Column("recorded_at", Utc, nullable=False),
    UniqueConstraint("call_id", "key"),
)

# What somebody has still to be told. Writers: store.recording adds, store.outbox settles.
outbox = Table(
    "outbox",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # of the effect: once, whoever writes it
    Column("webhook_id", String(64), nullable=False),  # what the receiver knows it by: a hash of the key
    Column("kind", String(48), nullable=False),
    Column("target", String(16), nullable=False),
    Column("company", String(32), nullable=False),
    Column("call_id", String(200), nullable=False, index=True),
    Column("in_order_of", String(200)),  # rows of one value are delivered one after another, by id
    Column("body", _json(), nullable=False),
    Column("operator", String(200)),
    Column("sealed_token", LargeBinary),  # erased when the row is settled
    Column("sealed_texts", LargeBinary),  # what people wrote, as JSON: it may hold a number
    Column("state", String(16), nullable=False),  # pending, leased, delivered, expired, dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try_at", Utc, nullable=False),
    Column("leased_until", Utc),
    Column("expires_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("settled_at", Utc),  # null while pending or leased
    Column("last_fault", String(64)),  # a word of ours, never a text of theirs
)
IS_OPEN = outbox.c.settled_at.is_(None)
# But for what waits until it expires for something that may not come: a phone that rings again, an answer.
IS_WAITING = and_(IS_OPEN, or_(outbox.c.expires_at.is_(None), outbox.c.next_try_at < outbox.c.expires_at))
IS_DEAD = outbox.c.state == literal_column("'dead'")  # as the index has it, or SQLite does not use that
# Most rows are settled: what is looked for again and again is in small indexes.
Index("ix_outbox_open", outbox.c.target, outbox.c.id, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("ix_outbox_order", outbox.c.in_order_of, outbox.c.id, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index("ix_outbox_dead", outbox.c.target, sqlite_where=IS_DEAD, postgresql_where=IS_DEAD)

# One row per (call, operator). Writers: store.recording mints and revokes; nobody else.
token = Table(
    "token",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("call_id", String(200), ForeignKey("call.id"), nullable=False),
    Column("operator", String(200), nullable=False),
    Column("minted_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    UniqueConstraint("call_id", "operator"),
)

# Who is signed in to the console, by a hash of what his cookie has. Writer: store.sessions.
session = Table(
    "session",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column(
        "operator", String(200), nullable=False, index=True
    ),  # or who else; of Loymax's people `loymax:login`
    Column("credential", String(64), nullable=False),  # hash of the password's hash; "" where Loymax vouched
    Column("signed_in_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column(
        "partners", _json_or_null()
    ),  # ids of the Companies that Loymax showed him; null of our own people
)

# The console's pop-up of a (call, operator), with the link's token until it is of no use. Writer: store.popups.
popup = Table(
    "popup",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("operator", String(200), nullable=False),
    Column("call_id", String(200), ForeignKey("call.id"), nullable=False),
    Column("sealed_token", LargeBinary),  # erased when the token is revoked
    Column("expires_at", Utc, nullable=False),
    UniqueConstraint("operator", "call_id"),
    Index("ix_popup_call_id", "call_id"),
)

# What a client's Idempotency-Key was answered, so that the same request is answered the same. Writer: store.requests.
request = Table(
    "request",
    metadata,
    Column("client", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("sha256", String(64), nullable=False),  # of the request; the request itself is not kept
    Column("answer", _json(), nullable=False),
    Column("at", Utc, nullable=False, index=True),
)

# Who asked for what, append-only. Writer: tokens.service.
audit = Table(
    "audit",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", String(200), nullable=False),
    Column("action", String(48), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("call_id", String(200)),
    Column("operator", String(200)),
)

# One row per call that has, or will have, a ticket: the intent, written before the first try. Writer: otrs.
ticket = Table(
    "ticket",
    metadata,
    Column("call_id", String(200), ForeignKey("call.id"), primary_key=True),
    Column("key", String(32), nullable=False, unique=True),  # random: RelayKey and, shortened, in the title
    Column("ticket_id", String(32)),
    Column("number", String(64)),
    Column("may_exist", Boolean, nullable=False, default=False),  # a create's outcome is unknown
    Column("tried_at", Utc),
)

# One row per article sent to OTRS, written before it is sent: it may have arrived unknown to us. Writer: otrs.
article = Table(
    "article",
    metadata,
    Column("call_id", String(200), ForeignKey("call.id"), primary_key=True),
    Column("ticket_id", String(32), primary_key=True),
    Column("mark", String(32), primary_key=True),  # what its subject ends in
    Column("sent_at", Utc, nullable=False),
)

NOT_CLOSED = text("state <> 'closed'")

# The callback queue: one row that is not closed per Company and number. Writer: store.callbacks.
callback = Table(
    "callback",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("company", String(32), nullable=False),
    Column("number_key", String(64), nullable=False, index=True),
    Column("pbx", String(32), nullable=False),
    Column("call_id", String(200), ForeignKey("call.id"), nullable=False, index=True),
    Column("last_call_id", String(200), ForeignKey("call.id"), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("missed_at", Utc, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("is_vip", Boolean, nullable=False),
    Column("state", String(16), nullable=False),  # open, claimed, calling, closed
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("claim_id", String(32)),
    Column("last_result", String(16)),
    Column("outcome", String(16)),
    Column("closed_at", Utc),
    Column("closed_by", String(200)),
    Column("asked_at", Utc),
    Index(
        "ix_callback_one_per_caller",
        "company",
        "number_key",
        unique=True,
        sqlite_where=NOT_CLOSED,
        postgresql_where=NOT_CLOSED,
    ),
    Index("ix_callback_listed", "state", "is_vip", "id"),
)

# An operator's claim of an entry, and what was seen of its one dial. Writer: store.callbacks.
callback_claim = Table(
    "callback_claim",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("callback_id", _serial(), ForeignKey("callback.id"), nullable=False, index=True),
    Column("operator", String(200), nullable=False),
    Column("at", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("dialled_at", Utc),
    Column("operator_answered_at", Utc),
    Column("customer_rang_at", Utc),
    Column("customer_answered_at", Utc),
    Column("leg_end", String(16)),
    Column("has_gap", Boolean, nullable=False),
    Column("result", String(24)),
    Column("ended_at", Utc),
    Index("ix_callback_claim_running", "ended_at", "until"),
)

# What operators wrote of an entry, sealed. Writer: store.callbacks.
callback_note = Table(
    "callback_note",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("callback_id", _serial(), ForeignKey("callback.id"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("operator", String(200), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
)

# A second factor that a caller gave, written before Loymax is asked; none is kept. Writer: store.attempts.
ivr_attempt = Table(
    "ivr_attempt",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("number_key", String(64), nullable=False),
    Column("call_id", String(200), nullable=False, index=True),
    Column("company", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    Column("counts", Boolean, nullable=False),  # until it is known to be right, or that nobody could say
    Index("ix_ivr_attempt_of", "number_key", "at"),
    Index("ix_ivr_attempt_lately", "company", "at"),
)

# A card that a caller may block, or has: written before Loymax is asked to. Writer: store.card_blocks.
card_block = Table(
    "card_block",
    metadata,
    Column("call_id", String(200), primary_key=True),
    Column("card", String(64), primary_key=True),  # Loymax's id, as `member`
    Column("member", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # ready, asked, unknown, blocked
    Column("ready_at", Utc, nullable=False),
    Column("asked_at", Utc),
    Column("settled_at", Utc),
    Index("ix_card_block_open", "state", "asked_at"),
)
