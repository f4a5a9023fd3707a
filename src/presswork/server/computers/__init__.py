"""Computers: enrolment, certificates, signed requests, presence, where they are, and whose their accounts are."""

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
from presswork.server.computers.carriers import Carrier, carriers_online, networks_with_relay
from presswork.server.computers.duties import set_duties
from presswork.server.computers.enrolment import (
    CODE_LIFE,
    NewEnrolmentCode,
    create_enrolment_code,
    enrol,
    renew,
    verify_agent,
)
from presswork.server.computers.models import Computer
from presswork.server.computers.peers import peer, site_nodes_of, weight
from presswork.server.computers.places import (
    UnknownNetwork,
    computers_on_network,
    count_computers,
    file_network,
    networks_of_computer,
    networks_of_person,
    note_networks,
    unknown_networks,
)
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.computers.proof import ProofChecker, SignedRequest
from presswork.server.computers.roster import removed_lately, roster_entry
from presswork.server.computers.service import (
    computer_changed,
    computers_by_id,
    get_computer,
    list_computers,
    note_presence,
    revoke_computer,
)
from presswork.server.computers.told import keep_told, printer_changed, printers_told, tell_of_printer
from presswork.server.computers.watchers import Watcher, networks_with_somebody, watchers_online
from presswork.server.platform.rates import AccountSignInLimits

__all__ = [
    "CODE_LIFE",
    "AccountBindingView",
    "AccountSignInLimits",
    "AccountSignInView",
    "AgentPrincipal",
    "Carrier",
    "Computer",
    "NewEnrolmentCode",
    "ProofChecker",
    "SignedRequest",
    "UnknownNetwork",
    "Watcher",
    "accounts_of_person",
    "bindings_of_computer",
    "carriers_online",
    "computer_changed",
    "computers_by_id",
    "computers_on_network",
    "confirm_account_sign_in",
    "count_computers",
    "create_enrolment_code",
    "enrol",
    "file_network",
    "forget_sign_ins",
    "get_account_sign_in",
    "get_computer",
    "keep_told",
    "list_account_bindings",
    "list_computers",
    "networks_of_computer",
    "networks_of_person",
    "networks_with_relay",
    "networks_with_somebody",
    "note_networks",
    "note_presence",
    "peer",
    "people_of_computer",
    "printer_changed",
    "printers_told",
    "remove_account_binding",
    "removed_lately",
    "renew",
    "revoke_computer",
    "roster_entry",
    "set_duties",
    "site_nodes_of",
    "start_account_sign_in",
    "tell_of_printer",
    "unknown_networks",
    "verify_agent",
    "watchers_online",
    "weight",
]
