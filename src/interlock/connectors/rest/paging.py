"""How a declared list goes on: by a cursor, a page, an offset, or a link (RFC 8288)."""

import re
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.kit.pointer import pointed
from interlock.connectors.kit.position import Position
from interlock.connectors.rest.errors import text_of
from interlock.estate.kinds.rest import Paging

LONGEST_TOKEN: Final = 4_096
_LINK: Final = re.compile(r"<([^<>]{1,4096})>([^<]{0,1000})")
_NEXT: Final = re.compile(
    r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next\b)", re.IGNORECASE
)


def asked(paging: Paging | None, position: Position) -> list[tuple[str, str]]:
    """Return the query of the page at `position`."""
    if paging is None:
        return []
    query: list[tuple[str, str]] = []
    if paging.sizeParameter and paging.size:
        query.append((paging.sizeParameter, str(paging.size)))
    size, first = paging.size or 0, paging.first
    match paging.style:
        case "page":
            query.append((str(paging.parameter), str(first + position.pages)))
        case "offset":
            query.append((str(paging.parameter), str(position.pages * size)))
        case "cursor" if position.token:
            query.append((str(paging.parameter), position.token))
        case "link" if position.token:
            query += parse_qsl(position.token, keep_blank_values=True)
    return query


def following(
    paging: Paging | None, answer: Answer, count: int, call: Call, origin: str
) -> str | None:
    """Return the token of the next page, ``None`` at the end of the list.

    Raises:
        CallFailed: Where the list goes on makes no sense, or is another place.
    """
    if paging is None:
        return None
    if paging.style in {"page", "offset"}:
        return "" if paging.size and count >= paging.size else None
    if paging.style == "cursor":
        return _cursor(paging, answer)
    return _link(answer, origin + call.path)


def _cursor(paging: Paging, answer: Answer) -> str | None:
    found = pointed(answer.document, str(paging.at))
    if found in (None, "", False):
        return None
    if not isinstance(found, (str, int)) or len(text_of(found)) > LONGEST_TOKEN:
        raise answer.malformed(f"no cursor can stand at `{paging.at}` like that")
    return text_of(found)


def _link(answer: Answer, here: str) -> str | None:
    """Return the query of the next page; a link to another place is never followed."""
    links = _LINK.findall(answer.headers.get("link", ""))
    target = next((target for target, said in links if _NEXT.search(said)), None)
    if target is None:
        return None
    try:
        there, ours = urlsplit(urljoin(here, target)), urlsplit(here)
    except ValueError:
        raise answer.malformed("its next page has no address") from None
    if (there.scheme, there.netloc, there.path) != (ours.scheme, ours.netloc, ours.path):
        raise answer.malformed("its next page is at another place")
    return str(there.query)
