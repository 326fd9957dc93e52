"""What is said when something was tried too often."""

import math

from flask import after_this_request
from flask_babel import ngettext
from werkzeug.wrappers import Response

from service.errors import TooManyAttempts
from service.web import presentation


def wait(error: TooManyAttempts) -> str:
    """Say when it may be tried again, to people and in the header for programs."""
    seconds = max(math.ceil((error.until - presentation.now()).total_seconds()), 1)

    @after_this_request
    def tell(response: Response) -> Response:
        response.headers["Retry-After"] = str(seconds)
        return response

    return ngettext(
        "Coba lagi setelah %(num)s menit. Bila lupa kata sandi, hubungi admin kantor.",
        "Coba lagi setelah %(num)s menit. Bila lupa kata sandi, hubungi admin kantor.",
        math.ceil(seconds / 60),
    )
