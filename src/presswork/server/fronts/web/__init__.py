"""The pages people see: rendered here, plain forms that work without JavaScript.

app.py       which page stands where, and who may see it; ``mount_web``
visit.py     one request of one browser: who it is, the form it sent, the answers it can get
cookies.py   the session, the form token, the one message for the next page
forms.py     reading a form within bounds, and showing it again with what was wrong
rendering.py Jinja2 and the filters of the templates
words.py     a job's state, size and time in plain words
assets.py    styles, script and icons under names that change with their contents
pages/       one module a subject: parse, one service call, render
"""

from presswork.server.fronts.web.app import mount_web

__all__ = ["mount_web"]
