"""Files of cases, given out to be kept and not to be shown."""

from io import BytesIO
from uuid import UUID

from flask import send_file

from service import attachments
from service.engine.expression import JSON
from service.errors import Invalid, NotFound
from service.rest import reading
from service.rest.shapes import File
from service.web import auth


def of_case(file_id: str, case_id: UUID) -> File:
    """Give out a file of a case.

    Raises:
        NotFound: the case has no such file.

    """
    found = attachments.get(auth.actor(), reading.identifier(file_id, "file"))
    if found.instance_id != case_id:
        raise NotFound(f"file with id {file_id} does not exist")
    response = send_file(BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def of_variable(value: JSON, name: str, case_id: UUID) -> File:
    """Give out the file that a variable of a case refers to.

    Raises:
        Invalid: it refers to none, or to several.
        NotFound: as `of_case`.

    """
    match value:
        case [{"id": str(file_id), "name": _, "size": _}]:
            return of_case(file_id, case_id)
        case _:
            raise Invalid("refers to no file, or to several of them", field=name[:100])
