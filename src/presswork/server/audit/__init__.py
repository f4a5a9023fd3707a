"""Who did what, when and from where: append-only."""

from presswork.server.audit.models import AuditEntry
from presswork.server.audit.service import Actor, Target, actor_of, list_entries, record, record_each

__all__ = ["Actor", "AuditEntry", "Target", "actor_of", "list_entries", "record", "record_each"]
