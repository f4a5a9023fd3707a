"""A whole server in this process, on a port of its own, with the first person signed in if wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from presswork.core.clock import Clock
from presswork.core.settings import Ports, ServerSettings
from presswork.server import computers, identity, jobs, printers, queues
from presswork.server.app import RunningServer, running
from presswork.server.identity import Role, SignedIn
from presswork.server.platform.context import ServerContext
from presswork.server.start import DATABASE
from presswork.testing.migrated import lay_down

PASSWORD = "correct horse battery staple"
EMAIL = "ada@example.org"


@dataclass(slots=True)
class ServerInTest:
    """A running server, and short ways to what tests need of it."""

    running: RunningServer
    administrator: SignedIn | None = None

    @property
    def context(self) -> ServerContext:
        """Its insides."""
        return self.running.context

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.running.url

    @property
    def set_up_link(self) -> str:
        """The one-time link; there is one as long as nobody was set up."""
        assert self.running.set_up_link is not None
        return self.running.set_up_link

    async def set_up(
        self, email: str = EMAIL, password: str = PASSWORD, display_name: str = "Ada Lovelace"
    ) -> SignedIn:
        """Make the first person (an operator), as the page behind the link does."""
        async with self.context.database.writing() as session:
            self.administrator = await identity.set_up(
                session,
                tenant_id=self.context.installation.tenant_id,
                token=self.set_up_link.rpartition("/")[2],
                email=email,
                display_name=display_name,
                password=password,
                address="127.0.0.1",
            )
        return self.administrator

    async def add_person(
        self, email: str, *, display_name: str = "", role: Role = Role.USER, password: str = PASSWORD
    ) -> SignedIn:
        """A further person, signed in."""
        administrator = await self._administrator()
        async with self.context.database.writing() as session:
            await identity.create_user(
                session,
                administrator.principal,
                email=email,
                display_name=display_name or email.partition("@")[0],
                role=role,
                password=password,
            )
        async with self.context.database.writing() as session:
            return await identity.sign_in(
                session,
                self.context.sign_in_limits,
                tenant_id=self.context.installation.tenant_id,
                email=email,
                password=password,
                address="127.0.0.1",
            )

    async def enrolment_code(self) -> str:
        """A code for one computer."""
        administrator = await self._administrator()
        async with self.context.database.writing() as session:
            code = await computers.create_enrolment_code(
                session, administrator.principal, self.context.installation.authority
            )
        return code.code

    async def remove_computer(self, computer_id: UUID) -> None:
        """As an administrator does it on the computer's page."""
        administrator = await self._administrator()
        async with self.context.database.writing() as session:
            await jobs.remove_computer(session, administrator.principal, computer_id)

    async def add_printer(self, name: str, device_uri: str, location: str = "") -> UUID:
        """A printer."""
        administrator = await self._administrator()
        async with self.context.database.writing() as session:
            printer = await printers.add_printer(
                session, administrator.principal, name=name, device_uri=device_uri, location=location
            )
        return printer.id

    async def add_queue(
        self, name: str, mode: Literal["hold", "direct"] = "hold", printer_id: UUID | None = None
    ) -> UUID:
        """A queue."""
        administrator = await self._administrator()
        async with self.context.database.writing() as session:
            queue = await queues.add_queue(
                session, administrator.principal, name=name, mode=mode, printer_id=printer_id
            )
        return queue.id

    async def confirm_sign_in(self, user_code: str, person: SignedIn | None = None) -> None:
        """Say at the page that an account is this person (default: the first one)."""
        person = person or await self._administrator()
        async with self.context.database.writing() as session:
            await computers.confirm_account_sign_in(
                session, person.principal, self.context.account_sign_in_limits, user_code
            )

    async def _administrator(self) -> SignedIn:
        return self.administrator or await self.set_up()


@asynccontextmanager
async def running_server(
    directory: Path, *, tls: Literal["own", "proxy"] = "proxy", port: int = 0, clock: Clock | None = None
) -> AsyncIterator[ServerInTest]:
    """A server with its data in ``directory``; plain HTTP on loopback unless ``tls="own"``.

    Stopped and started again with the same ``directory`` and ``port`` it is the same server.
    """
    settings = ServerSettings(directory=directory / "server", ports=Ports(server=port), tls=tls)
    await lay_down(settings.directory / DATABASE)
    async with running(settings, clock=clock) as server:
        yield ServerInTest(server)
