"""Forms: what a form-js file asks, which answers are taken, and what a page shows.

`read`, `problems` and `examine` look at a file. `opening` says what a page shows first; `from_html` and `clean` take
answers, `resume` shows a draft again;
`view` is the page's data and `shown` the history's. `names` and `reads` serve the check of a whole process.
`agreement` is the button that answers a form by itself.
"""

from service.engine.form.agreeing import agreement
from service.engine.form.cleaning import ORIGIN, clean, resume
from service.engine.form.model import Answers, Field, FileReference, Form, FormRefused, Option
from service.engine.form.naming import names, reads
from service.engine.form.reading import examine, problems, read
from service.engine.form.starting import opening
from service.engine.form.story import Shown, shown, told
from service.engine.form.submission import from_html
from service.engine.form.view import Cell, FieldView, FileView, OptionView, RowView, TextBlock, TextSpan, view

__all__ = [
    "ORIGIN",
    "Answers",
    "Cell",
    "Field",
    "FieldView",
    "FileReference",
    "FileView",
    "Form",
    "FormRefused",
    "Option",
    "OptionView",
    "RowView",
    "Shown",
    "TextBlock",
    "TextSpan",
    "agreement",
    "clean",
    "examine",
    "from_html",
    "names",
    "opening",
    "problems",
    "read",
    "reads",
    "resume",
    "shown",
    "told",
    "view",
]
