"""Routes: who may carry which job where, what computers are to do for each other, and the tickets that say so."""

from presswork.server.routes.desired import with_routes
from presswork.server.routes.policy import get_routes, routes_of, set_routes

__all__ = [
    "get_routes",
    "routes_of",
    "set_routes",
    "with_routes",
]
