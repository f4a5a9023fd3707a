"""Sites, networks, and by what a network is known."""

from presswork.server.networks.marks import Mark, MarkKind, MarkOfNetwork, approved_prefixes, networks_of, proposed
from presswork.server.networks.models import Network, NetworkMark, Site
from presswork.server.networks.service import (
    add_mark,
    add_network,
    change_network,
    find_network,
    get_network,
    list_marks,
    list_networks,
    marks_for,
    network_names,
    networks_beside,
    recognise,
    remove_mark,
    remove_network,
)
from presswork.server.networks.sites import add_site, change_site, get_site, list_sites, remove_site

__all__ = [
    "Mark",
    "MarkKind",
    "MarkOfNetwork",
    "Network",
    "NetworkMark",
    "Site",
    "add_mark",
    "add_network",
    "add_site",
    "approved_prefixes",
    "change_network",
    "change_site",
    "find_network",
    "get_network",
    "get_site",
    "list_marks",
    "list_networks",
    "list_sites",
    "marks_for",
    "network_names",
    "networks_beside",
    "networks_of",
    "proposed",
    "recognise",
    "remove_mark",
    "remove_network",
    "remove_site",
]
