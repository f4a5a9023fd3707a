"""Who did what, when and from where: append-only."""

from presswork.server.audit.models import AuditEntry
from presswork.server.audit.service import Actor, actor_of, list_entries, record

__all__ = ["Actor", "AuditEntry", "actor_of", "list_entries", "record"]
