"""The operator's console: sessions, and its pop-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from relay.store.schema import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=200), nullable=False),
        sa.Column("credential", sa.String(length=64), nullable=False),
        sa.Column("signed_in_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_operator"), "session", ["operator"], unique=False)
    op.create_table(
        "popup",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator", sa.String(length=200), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_popup_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_popup")),
        sa.UniqueConstraint("operator", "call_id", name=op.f("uq_popup_operator")),
    )
    op.create_index("ix_popup_call_id", "popup", ["call_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_popup_call_id", table_name="popup")
    op.drop_table("popup")
    op.drop_index(op.f("ix_session_operator"), table_name="session")
    op.drop_table("session")
