"""Errors in the vendor's form: a JSON list of message, code and fields."""

from collections.abc import Mapping

from starlette.responses import Response

from interlock_sandbox.world import answer


class SalesforceError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.fields = fields

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return it as the vendor would answer."""
        found: dict[str, object] = {"message": str(self), "errorCode": self.code}
        if self.fields:
            found["fields"] = list(self.fields)
        return answer([found], self.status, headers)


def missing(message: str = "The requested resource does not exist") -> SalesforceError:
    """Return the error for what is not there."""
    return SalesforceError(404, "NOT_FOUND", message)


def refused(code: str, message: str, *fields: str) -> SalesforceError:
    """Return the error for what the org does not accept."""
    return SalesforceError(400, code, message, fields)
