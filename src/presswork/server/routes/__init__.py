"""Routes: who may carry which job where, what computers are to do for each other, and the tickets that say so."""

from presswork.server.routes.candidates import route_candidates
from presswork.server.routes.desired import with_routes
from presswork.server.routes.hand_over import hand_over
from presswork.server.routes.inward import InwardView, inward_specs, list_inward, owner_of, remove_inward, set_inward
from presswork.server.routes.mapping import (
    NamedPerson,
    Naming,
    Rule,
    add_name,
    get_naming,
    list_names,
    mapped_user,
    remove_name,
    set_naming,
)
from presswork.server.routes.policy import get_carriers, get_routes, routes_of, set_carriers, set_routes
from presswork.server.routes.reach import OutOfReach, out_of_reach

__all__ = [
    "InwardView",
    "NamedPerson",
    "Naming",
    "OutOfReach",
    "Rule",
    "add_name",
    "get_carriers",
    "get_naming",
    "get_routes",
    "hand_over",
    "inward_specs",
    "list_inward",
    "list_names",
    "mapped_user",
    "out_of_reach",
    "owner_of",
    "remove_inward",
    "remove_name",
    "route_candidates",
    "routes_of",
    "set_carriers",
    "set_inward",
    "set_naming",
    "set_routes",
    "with_routes",
]
