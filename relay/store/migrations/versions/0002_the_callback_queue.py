"""The callback queue: entries, operators' claims of them, and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from relay.store.schema import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company", sa.String(length=32), nullable=False),
        sa.Column("number_key", sa.String(length=64), nullable=False),
        sa.Column("pbx", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("last_call_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("missed_at", Utc(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("is_vip", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=True),
        sa.Column("last_result", sa.String(length=16), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_callback_call_id")),
        sa.ForeignKeyConstraint(["last_call_id"], ["call.id"], name=op.f("fk_callback_last_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback")),
    )
    op.create_index("ix_callback_listed", "callback", ["state", "is_vip", "id"], unique=False)
    for name in ("number_key", "call_id", "last_call_id"):
        op.create_index(op.f(f"ix_callback_{name}"), "callback", [name], unique=False)
    op.create_index(
        "ix_callback_one_per_caller",
        "callback",
        ["company", "number_key"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "callback_claim",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("callback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator", sa.String(length=200), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("dialled_at", Utc(), nullable=True),
        sa.Column("operator_answered_at", Utc(), nullable=True),
        sa.Column("customer_rang_at", Utc(), nullable=True),
        sa.Column("customer_answered_at", Utc(), nullable=True),
        sa.Column("leg_end", sa.String(length=16), nullable=True),
        sa.Column("has_gap", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(length=24), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_callback_claim_callback_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_claim")),
    )
    op.create_index(op.f("ix_callback_claim_callback_id"), "callback_claim", ["callback_id"], unique=False)
    op.create_index("ix_callback_claim_running", "callback_claim", ["ended_at", "until"], unique=False)
    op.create_table(
        "callback_note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("callback_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("operator", sa.String(length=200), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name=op.f("fk_callback_note_callback_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_note")),
    )
    op.create_index(op.f("ix_callback_note_callback_id"), "callback_note", ["callback_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_callback_note_callback_id"), table_name="callback_note")
    op.drop_table("callback_note")
    op.drop_index("ix_callback_claim_running", table_name="callback_claim")
    op.drop_index(op.f("ix_callback_claim_callback_id"), table_name="callback_claim")
    op.drop_table("callback_claim")
    op.drop_index(
        "ix_callback_one_per_caller",
        table_name="callback",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    for name in ("last_call_id", "call_id", "number_key"):
        op.drop_index(op.f(f"ix_callback_{name}"), table_name="callback")
    op.drop_index("ix_callback_listed", table_name="callback")
    op.drop_table("callback")
