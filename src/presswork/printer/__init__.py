"""The IPP Printer of RFC 8011, used by agent, simulator and server.

job.py                 what a Printer knows of a Job
store.py               JobStore: what keeps the jobs; agent, simulator and server each bring their own
description.py         what a Printer is; all it says and accepts is made from it
printer_attributes.py  the description as Printer attributes      media.py          paper
job_template.py        Job Template attributes: said and checked   job_attributes.py a job as attributes
proof.py               a few copies before the many                document_attributes.py one document as attributes
alerts.py              what is wrong, in the words of the Printer MIB
printer.py             the Printer object: checks a request, calls its operation, answers
request.py             the checks every request passes first
operations/            one file an operation; job_creation.py and document.py are what some of them share
model.py               the Printer's state, and its attributes with their encoding kept
reply.py               what an operation answers
device.py              Device: what operators may rule over IPP, where there is such a device
events.py              subscriptions and their events               subscription_attributes.py  one as attributes
status.py              faults -> IPP status codes
http.py                IPP over HTTP
"""
