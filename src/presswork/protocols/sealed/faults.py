"""The faults of sealed documents.

Invalid
├── NotSealed          these octets are no sealed document, or of a version or suite we do not know
└── Damaged            changed, reordered, cut or lengthened since it was sealed, or another document's key
Distrusted
└── KeyNotOurs         the wrapped key was not wrapped with this key-encryption key, or was changed
"""

from __future__ import annotations

from presswork.core.errors import Distrusted, Invalid


class NotSealed(Invalid):
    """The header is not one of ours."""

    code = "not-sealed"


class Damaged(Invalid):
    """A chunk does not open, or the document does not end where it says. Octets opened before stay authentic."""

    code = "damaged-document"


class KeyNotOurs(Distrusted):
    """A wrapped key does not unwrap."""

    code = "document-key-not-ours"
