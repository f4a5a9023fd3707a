"""Jobs: the projection of what holders report, and the orders to them."""

from presswork.server.jobs.choosing import Choice, printer_choice, printers_for_account
from presswork.server.jobs.declared import NameOfNobody, names_of_nobody, note_declared_owner
from presswork.server.jobs.held import HeldJob, job_of_holder
from presswork.server.jobs.holders import (
    Grant,
    grant_hand_over,
    granted_hand_over,
    has_moved,
    held_for_release,
    take_back,
)
from presswork.server.jobs.orders import answer_orders, delete_job, forget_orders, open_orders, release_job
from presswork.server.jobs.removal import remove_computer
from presswork.server.jobs.reports import apply_reports, forget_names
from presswork.server.jobs.schemas import JobDetail, JobPage, JobView, OrderView, PersonCount
from presswork.server.jobs.views import count_by_person, get_job, list_jobs_of_tenant, list_own_jobs
from presswork.server.jobs.wishes import take_wish

__all__ = [
    "Choice",
    "Grant",
    "HeldJob",
    "JobDetail",
    "JobPage",
    "JobView",
    "NameOfNobody",
    "OrderView",
    "PersonCount",
    "answer_orders",
    "apply_reports",
    "count_by_person",
    "delete_job",
    "forget_names",
    "forget_orders",
    "get_job",
    "grant_hand_over",
    "granted_hand_over",
    "has_moved",
    "held_for_release",
    "job_of_holder",
    "list_jobs_of_tenant",
    "list_own_jobs",
    "names_of_nobody",
    "note_declared_owner",
    "open_orders",
    "printer_choice",
    "printers_for_account",
    "release_job",
    "remove_computer",
    "take_back",
    "take_wish",
]
