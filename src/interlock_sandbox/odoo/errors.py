"""How Odoo says no: exceptions as JSON with a traceback, and pages for what is before them."""

from typing import Final

from starlette.responses import Response

from interlock_sandbox.world import answer

USER: Final = "odoo.exceptions.UserError"
VALIDATION: Final = "odoo.exceptions.ValidationError"
MISSING: Final = "odoo.exceptions.MissingError"
LOCK: Final = "odoo.exceptions.LockError"
VALUE: Final = "builtins.ValueError"
SERIALIZATION: Final = "psycopg2.errors.SerializationFailure"
NOT_FOUND: Final = "werkzeug.exceptions.NotFound"
UNAUTHORIZED: Final = "werkzeug.exceptions.Unauthorized"
BAD: Final = "werkzeug.exceptions.BadRequest"
STATUS: Final = {
    USER: 422,
    VALIDATION: 422,
    MISSING: 404,
    LOCK: 409,
    NOT_FOUND: 404,
    UNAUTHORIZED: 401,
    BAD: 400,
}
SERIALIZE: Final = "could not serialize access due to concurrent update\n"
_NO_DATABASE: Final = """<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>

<!-- Alternatively, use the X-Odoo-Database header. -->
"""
_BUSY: Final = (
    "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    "<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)


class OdooError(Exception):
    """An exception of Odoo's; what had been done in the request is undone."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name

    def response(self) -> Response:
        """Return it as JSON-2 says it."""
        status = STATUS.get(self.name, 500)
        found = {
            "name": self.name,
            "message": str(self),
            "arguments": [str(self)],
            "context": {},
            "debug": f'Traceback (most recent call last):\n  File "/usr/lib/odoo/http.py"\n{self}',
        }
        headers = {"WWW-Authenticate": "Bearer"} if self.name == UNAUTHORIZED else None
        return answer(found, status, headers)


def gone(model: str, ref: object) -> OdooError:
    """Return the error for a record that is not there."""
    words = f"Record does not exist or has been deleted.\n(Record: {model}({ref},), User: 2)"
    return OdooError(MISSING, words)


def no_database() -> Response:
    """Return the page for a database that is not there."""
    return Response(_NO_DATABASE, 404, media_type="text/html")


def too_many() -> Response:
    """Return the page of the proxy that Odoo is run behind."""
    return Response(_BUSY, 429, {"Retry-After": "1"}, media_type="text/html")
