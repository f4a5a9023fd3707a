"""What the fronts are built with; made once, by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.core.clock import Clock, Randomness
from presswork.server.platform.authority import Authority
from presswork.server.platform.database import Database
from presswork.server.platform.events import Events
from presswork.server.platform.rates import AccountSignInLimits, Rate, SignInLimits
from presswork.server.platform.secrets import Vault


@dataclass(frozen=True, slots=True)
class TicketSigner:
    """The key that signs tickets and the roster, and the certificate by which agents know it."""

    key: Ed25519PrivateKey
    certificate: str
    """PEM, of the installation's CA."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What this installation is: its id, its CA, its signer of tickets, and the one tenant of an embedded server."""

    id: UUID
    authority: Authority
    signer: TicketSigner
    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class ServerContext:
    """One server process."""

    installation: Installation
    vault: Vault
    """Seals secrets with the installation's key."""
    database: Database
    events: Events
    clock: Clock
    randomness: Randomness
    public_url: str
    """The origin people and agents use, without a slash at the end."""
    sign_in_limits: SignInLimits
    account_sign_in_limits: AccountSignInLimits
    ticket_limit: Rate
    """How often a computer may ask for tickets, by its id."""
    owner_limit: Rate
    """How often a computer may ask whose a name is, by its id: names can be guessed."""

    @property
    def secure(self) -> bool:
        """Whether people reach the server by HTTPS: cookies are then marked so."""
        return self.public_url.startswith("https://")
