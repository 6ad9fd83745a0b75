"""What a vendor said, made fit to be shown: bounded, on one line, without secrets or persons.

Vendors echo what they were sent, so their error texts carry e-mail addresses, account numbers
and tokens (reliability.md section 5, PII and Secrets). Masking comes before bounding, so that no
half of a secret survives the cut.
"""

import re
from collections.abc import Iterable
from typing import Final

MAX_MESSAGE: Final = 300
MAX_READ: Final = 8_000
"""How much of a vendor's text is looked at; the rest is dropped."""
SHORTEST_SECRET: Final = 6
"""A known secret shorter than this would blank out ordinary words."""

_RULES: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=!-]{6,}"), r"\1 [secret]"),
    (
        re.compile(
            r"(?i)\b([\w-]*(?:token|secret|password|passwd|api[-_]?key|authorization|session_?id)"
            r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}]{4,}"
        ),
        r"\1[secret]",
    ),
    (re.compile(r"://[^\s/@]+@"), "://[secret]@"),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_[A-Za-z0-9_]{6,}"), "[secret]"),
    (re.compile(r"\b00D\w{12,15}![\w.]+"), "[secret]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "[secret]"),
    (re.compile(r"[^\s@<>\"'(),;:]{1,64}@[\w.-]{1,255}\.\w{2,24}"), "[e-mail]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), "[iban]"),
    (re.compile(r"\b(?:\d[ -]?){13,19}\b"), "[number]"),
    (re.compile(r"\b(?=[\w+/=-]*\d)[\w+/=-]{40,}"), "[secret]"),
)
_INVISIBLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` on one line, masked and at most `MAX_MESSAGE` characters long.

    `secrets` are values known to be secret (the connection's credential, the current token);
    they are blanked wherever they stand, whatever they look like.
    """
    shown = _INVISIBLE.sub(" ", _head(text))
    told_as = (_INVISIBLE.sub(" ", secret) for secret in secrets)  # a key's lines become one
    for secret in sorted(told_as, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            shown = shown.replace(secret, "[secret]")
    for pattern, instead in _RULES:
        shown = pattern.sub(instead, shown)
    shown = " ".join(shown.split())
    return shown if len(shown) <= MAX_MESSAGE else shown[: MAX_MESSAGE - 1] + "…"


def _head(text: str) -> str:
    """Return the beginning of `text`, cut between words so that no secret is cut in half."""
    if len(text) <= MAX_READ:
        return text
    head, space, _ = text[:MAX_READ].rpartition(" ")
    return head if space else "[one very long word]"
