"""NetSuite's error answers: a type, a title, and details with a code (o:errorDetails)."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from interlock_sandbox.world import answer

_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}


class NetSuiteError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, detail: str, path: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.path = status, code, path
        self.title = _TITLES.get(status, "Error")
        self.headers: Mapping[str, str] = {}

    def response(self) -> Response:
        """Return it as NetSuite says it."""
        detail: dict[str, str] = {"detail": str(self), "o:errorCode": self.code}
        if self.path:
            detail["o:errorPath"] = self.path
        whole = {
            "type": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1",
            "title": self.title,
            "status": self.status,
            "o:errorDetails": [detail],
        }
        return answer(whole, self.status, self.headers)


def missing(ref: str) -> NetSuiteError:
    """Return the error for a record that is not there."""
    detail = "The record instance does not exist. Provide a valid record instance ID."
    return NetSuiteError(404, "NONEXISTENT_ID", detail, ref)


def wanting(label: str) -> NetSuiteError:
    """Return the error for a field that has to be there."""
    return NetSuiteError(400, "USER_ERROR", f"Please enter value(s) for: {label}")


def unfit(value: object, field: str) -> NetSuiteError:
    """Return the error for a reference to nothing."""
    detail = f"Invalid Field Value {value} for the following field: {field}"
    return NetSuiteError(400, "INVALID_KEY_OR_REF", detail, field)
