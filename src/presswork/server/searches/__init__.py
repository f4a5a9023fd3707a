"""The search for printers on the networks of the tenant, and what becomes of the devices that are found."""

from presswork.server.searches.decisions import (
    add_found,
    bring_back,
    count_new,
    follow_found,
    get_found,
    leave_out,
    list_found,
    list_moved,
    replace_by_found,
)
from presswork.server.searches.models import FoundDevice, Search
from presswork.server.searches.reports import report_searches
from presswork.server.searches.service import (
    get_search,
    list_searches,
    open_searches,
    standing,
    start_search,
    stop_search,
)

__all__ = [
    "FoundDevice",
    "Search",
    "add_found",
    "bring_back",
    "count_new",
    "follow_found",
    "get_found",
    "get_search",
    "leave_out",
    "list_found",
    "list_moved",
    "list_searches",
    "open_searches",
    "replace_by_found",
    "report_searches",
    "standing",
    "start_search",
    "stop_search",
]
