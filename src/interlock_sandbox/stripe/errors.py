"""Answers that are errors: docs.stripe.com/api/errors."""


class StripeError(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, "code": code, "param": param}


def invalid(message: str, code: str, param: str | None = None) -> StripeError:
    """Return the commonest error: a 400 about one parameter."""
    return StripeError(400, "invalid_request_error", message, code=code, param=param)


def missing(obj: str, ref: str) -> StripeError:
    """Return the error of an id that nobody has."""
    message = f"No such {obj}: '{ref}'"
    kind = "invalid_request_error"
    return StripeError(404, kind, message, code="resource_missing", param="id")
