"""PJL, HP's Printer Job Language: what stands around a document on a RAW connection, and what a printer says back.

words.py         the few values that are ever written: all typed, no line is made of anybody's text
wrapping.py      what stands before and behind a document; the question whether a printer speaks PJL
answers.py       what a printer says
interpreter.py   the printer's side: lines, and the documents between them
job.py           what those lines say of a job
"""

from presswork.protocols.pjl.answers import AnswerReader, DeviceStatus, Info, JobStatus, PageStatus, variables
from presswork.protocols.pjl.interpreter import Document, Interpreter, Line
from presswork.protocols.pjl.job import JobWords
from presswork.protocols.pjl.words import ECHO, UEL, JobName, Sides
from presswork.protocols.pjl.wrapping import Wrapping, question

__all__ = [
    "ECHO",
    "UEL",
    "AnswerReader",
    "DeviceStatus",
    "Document",
    "Info",
    "Interpreter",
    "JobName",
    "JobStatus",
    "JobWords",
    "Line",
    "PageStatus",
    "Sides",
    "Wrapping",
    "question",
    "variables",
]
