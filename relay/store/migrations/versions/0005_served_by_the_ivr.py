"""What callers do by the IVR: second factors they gave, cards they block."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from relay.store.schema import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ivr_attempt",
        sa.Column("id", serial, nullable=False),
        sa.Column("number_key", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("company", sa.String(32), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ivr_attempt"),
    )
    op.create_index("ix_ivr_attempt_call_id", "ivr_attempt", ["call_id"])
    op.create_index("ix_ivr_attempt_of", "ivr_attempt", ["number_key", "at"])
    op.create_index("ix_ivr_attempt_lately", "ivr_attempt", ["company", "at"])
    op.create_table(
        "card_block",
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("member", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ready_at", Utc(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=True),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", "card", name="pk_card_block"),
    )
    op.create_index("ix_card_block_open", "card_block", ["state", "asked_at"])


def downgrade() -> None:
    op.drop_table("card_block")
    op.drop_table("ivr_attempt")
