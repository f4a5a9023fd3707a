"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from presswork.server.platform import database

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "installation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ca_certificate", sa.Text(), nullable=False),
        sa.Column("ca_key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("desired_revision", sa.String(length=255), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=255), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=255), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("target_name", sa.String(length=255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_audit_entries_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_tenant_id_id"), ["tenant_id", "id"], unique=False)

    op.create_table(
        "computers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("platform", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("capabilities", database.Strings(), nullable=False),
        sa.Column("desired_revision", sa.String(length=255), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("certificate_expires_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("last_seen_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.Column("online_until", database.DateTimeUTC(timezone=True), nullable=True),
        sa.Column("revoked_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_computers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_computers")),
    )
    with op.batch_alter_table("computers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_computers_tenant_id_id"), ["tenant_id", "id"], unique=False)

    op.create_table(
        "printers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("location", sa.String(length=255), nullable=False),
        sa.Column("device_uri", sa.String(length=1023), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("certificate_sha256", sa.String(length=64), nullable=True),
        sa.Column("certificate_seen_sha256", sa.String(length=64), nullable=True),
        sa.Column("seen_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.Column("reachable", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reasons", database.Strings(), nullable=False),
        sa.Column("make_and_model", sa.String(length=255), nullable=False),
        sa.Column("document_formats", database.Strings(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_printers_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printers")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_printers_tenant_id_name")),
    )
    op.create_table(
        "set_up_links",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_set_up_links_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_set_up_links")),
    )
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("last_signed_in_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_users_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_users_tenant_id_email")),
    )
    op.create_table(
        "account_bindings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("ended_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_account_bindings_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_account_bindings_tenant_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_account_bindings_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_bindings")),
    )
    with op.batch_alter_table("account_bindings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_account_bindings_current",
            ["tenant_id", "computer_id", "account"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_account_bindings_tenant_id_user_id"), ["tenant_id", "user_id"], unique=False
        )

    op.create_table(
        "account_sign_ins",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("user_code", sa.String(length=16), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("expires_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_account_sign_ins_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_account_sign_ins_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_sign_ins")),
        sa.UniqueConstraint("computer_id", "account", name=op.f("uq_account_sign_ins_computer_id_account")),
        sa.UniqueConstraint("user_code", name=op.f("uq_account_sign_ins_user_code")),
    )
    op.create_table(
        "computer_certificates",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("not_before", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("not_after", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_computer_certificates_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_computer_certificates_tenant_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_computer_certificates")),
    )
    with op.batch_alter_table("computer_certificates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_computer_certificates_tenant_id_computer_id"), ["tenant_id", "computer_id"], unique=False
        )

    op.create_table(
        "enrolment_codes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("expires_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("used_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_enrolment_codes_created_by"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_enrolment_codes_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_codes")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_enrolment_codes_secret_hash")),
    )
    op.create_table(
        "jobs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("owner_proof", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_kept_until", database.DateTimeUTC(timezone=True), nullable=True),
        sa.Column("document_format", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("sides", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reasons", database.Strings(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("printer_id", sa.Uuid(), nullable=True),
        sa.Column("document_kept", sa.Boolean(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("ended_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["computer_id"], ["computers.id"], name=op.f("fk_jobs_computer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_jobs_user_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_name_kept_until", ["name_kept_until"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_jobs_tenant_id_computer_id_account_id"),
            ["tenant_id", "computer_id", "account", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_jobs_tenant_id_user_id_current_id"), ["tenant_id", "user_id", "current", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_jobs_tenant_id_user_id_id"), ["tenant_id", "user_id", "id"], unique=False)

    op.create_table(
        "queues",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=127), nullable=False),
        sa.Column("info", sa.String(length=255), nullable=False),
        sa.Column("location", sa.String(length=255), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["printer_id"], ["printers.id"], name=op.f("fk_queues_printer_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_queues_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_queues_tenant_id_name")),
    )
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queues_printer_id"), ["printer_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("seen_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("expires_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_sessions_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_tenant_id_user_id"), ["tenant_id", "user_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("computer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("printer_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("answered_at", database.DateTimeUTC(timezone=True), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("sentence", sa.String(length=255), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["computers.id"], name=op.f("fk_orders_computer_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"], ["jobs.tenant_id", "jobs.id"], name="fk_orders_job", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_orders_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_orders_tenant_id_computer_id_answered_at"),
            ["tenant_id", "computer_id", "answered_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_orders_tenant_id_job_id"), ["tenant_id", "job_id"], unique=False)

    op.create_table(
        "timeline_entries",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", database.DateTimeUTC(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"], ["jobs.tenant_id", "jobs.id"], name="fk_timeline_entries_job", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", "sequence", name=op.f("pk_timeline_entries")),
    )
