"""One's own account: the password, and which accounts of which computers are oneself."""

from __future__ import annotations

from starlette.responses import Response

from presswork.core.errors import Fault, Invalid, NotFound
from presswork.server import computers, identity
from presswork.server.fronts.web.visit import Page, Visit


async def show_account(visit: Visit, fault: Fault | None = None) -> Response:
    """Password and computers."""
    async with visit.reading() as session:
        bindings = await computers.list_account_bindings(session, visit.person, own=True)
    if fault is not None:
        return visit.again("account.html", fault, "current password", bindings=bindings)
    return visit.show("account.html", bindings=bindings)


async def change_password(visit: Visit) -> Response:
    """A new password; all other sessions end."""
    try:
        if visit.field("password") != visit.field("repeated"):
            raise Invalid("The two are not the same. Type the new password twice.", field="password")
        async with visit.writing() as session:
            await identity.change_own_password(
                session,
                visit.person,
                visit.context.sign_in_limits,
                current=visit.field("current"),
                new=visit.field("password"),
            )
    except Fault as fault:
        return await show_account(visit, fault)
    return visit.go("/account", "Your password is changed. Other browsers have to sign in again.")


async def ask_to_remove(visit: Visit) -> Response:
    """Is this computer account to be forgotten?"""
    async with visit.reading() as session:
        bindings = await computers.list_account_bindings(session, visit.person, own=True)
    binding = next((b for b in bindings if b.id == visit.id("binding_id")), None)
    if binding is None:
        raise NotFound("There is no such account.")
    return visit.show(
        "confirm.html",
        title=f"Forget {binding.account} on {binding.computer_name}?",
        sentences=("What is printed from there will not be yours until you sign in at that computer again.",),
        action=visit.request.url.path,
        button="Forget it",
        back="/account",
    )


async def remove(visit: Visit) -> Response:
    """The account is nobody's any more."""
    async with visit.writing() as session:
        await computers.remove_account_binding(session, visit.person, visit.id("binding_id"))
    return visit.go("/account", "The computer account is forgotten.")


async def ask_account_sign_in(visit: Visit) -> Response:
    """Type the code; or, with the code, compare what it stands for. Looking at it binds nobody."""
    code = visit.request.query_params.get("code", "")
    if not code:
        return visit.show("account_sign_in.html", waiting=None)
    visit.form = {"code": code}
    try:
        async with visit.reading() as session:
            waiting = await computers.get_account_sign_in(
                session, visit.person, visit.context.account_sign_in_limits, code
            )
    except Fault as fault:
        refused = Invalid(fault.sentence, field="code") if isinstance(fault, NotFound) else fault
        return visit.again("account_sign_in.html", refused, "code", waiting=None)
    return visit.show("account_sign_in.html", waiting=waiting)


async def confirm_account_sign_in(visit: Visit) -> Response:
    """That account is me."""
    try:
        async with visit.writing() as session:
            binding = await computers.confirm_account_sign_in(
                session, visit.person, visit.context.account_sign_in_limits, visit.field("code")
            )
    except NotFound as fault:
        return visit.again("account_sign_in.html", Invalid(fault.sentence, field="code"), "code", waiting=None)
    return visit.go("/account", f"Done. What {binding.account} prints on {binding.computer_name} is yours.")


PAGES = (
    Page("/account", show_account, place="/account"),
    Page("/account/password", post=change_password, place="/account"),
    Page("/account/computers/{binding_id:uuid}/remove", ask_to_remove, remove, place="/account"),
    Page("/account-sign-in", ask_account_sign_in, confirm_account_sign_in, place="/account"),
)
