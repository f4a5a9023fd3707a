"""Computers: enrolment, certificates, signed requests, presence, and whose their accounts are."""

from presswork.server.computers.accounts import (
    AccountBindingView,
    AccountSignInView,
    accounts_of_person,
    bindings_of_computer,
    confirm_account_sign_in,
    forget_sign_ins,
    get_account_sign_in,
    list_account_bindings,
    people_of_computer,
    remove_account_binding,
    start_account_sign_in,
)
from presswork.server.computers.enrolment import (
    CODE_LIFE,
    NewEnrolmentCode,
    create_enrolment_code,
    enrol,
    renew,
    verify_agent,
)
from presswork.server.computers.models import Computer
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.computers.proof import ProofChecker, SignedRequest
from presswork.server.computers.service import (
    computers_by_id,
    get_computer,
    list_computers,
    note_presence,
    revoke_computer,
)
from presswork.server.platform.rates import AccountSignInLimits

__all__ = [
    "CODE_LIFE",
    "AccountBindingView",
    "AccountSignInLimits",
    "AccountSignInView",
    "AgentPrincipal",
    "Computer",
    "NewEnrolmentCode",
    "ProofChecker",
    "SignedRequest",
    "accounts_of_person",
    "bindings_of_computer",
    "computers_by_id",
    "confirm_account_sign_in",
    "create_enrolment_code",
    "enrol",
    "forget_sign_ins",
    "get_account_sign_in",
    "get_computer",
    "list_account_bindings",
    "list_computers",
    "note_presence",
    "people_of_computer",
    "remove_account_binding",
    "renew",
    "revoke_computer",
    "start_account_sign_in",
    "verify_agent",
]
