"""Programs: so far what anybody may know."""

from presswork.server.fronts.rest.app import api_routes, root_routes

__all__ = ["api_routes", "root_routes"]
