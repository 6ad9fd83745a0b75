"""Accounting periods: months that are open, locked for some ledgers, or closed for good.

A period exists for every month of the years below. Closing is told per subsidiary, as accounts
with several fiscal calendars do it; locks are per ledger and for all subsidiaries.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from interlock_sandbox.netsuite.errors import NetSuiteError
from interlock_sandbox.netsuite.standing import SUBSIDIARIES
from interlock_sandbox.world import Record

YEARS: Final = range(2024, 2036)
LOCKS: Final = ("arLocked", "apLocked", "allLocked")
_ID: Final = re.compile(r"(\d{4})(0[1-9]|1[0-2])\Z")


class Periods:
    """Which months may still be posted to."""

    def __init__(self, code: str) -> None:
        self._code = code
        """CLOSED_TRAN_PRD is the documented code; some errors come as USER_ERROR and words."""
        self._closed: set[tuple[str, str]] = set()
        self._locked: set[tuple[str, str]] = set()

    def set(self, given: Mapping[str, Sequence[Sequence[str]]]) -> Record:
        """Close, lock and open: ``{"close": [["1", "2026-09"]], "lock": [["apLocked", …]]}``."""
        self._closed |= {(str(s), str(m)) for s, m in given.get("close", [])}
        self._closed -= {(str(s), str(m)) for s, m in given.get("open", [])}
        self._locked |= {(str(s), str(m)) for s, m in given.get("lock", [])}
        self._locked -= {(str(s), str(m)) for s, m in given.get("unlock", [])}
        return {"closed": sorted(self._closed), "locked": sorted(self._locked)}

    def find(self, ref: str) -> Record | None:
        """Return a period by its id, ``202601``."""
        parts = _ID.match(ref)
        if parts is None or int(parts[1]) not in YEARS:
            return None
        year, number = int(parts[1]), int(parts[2])
        month, last = f"{parts[1]}-{parts[2]}", calendar.monthrange(year, number)[1]
        shut = all((ref, month) in self._closed for ref in SUBSIDIARIES)
        locks = {lock: shut or (lock, month) in self._locked for lock in LOCKS}
        return {
            "id": ref,
            "periodName": _name(date(year, number, 1)),
            "startDate": f"{month}-01",
            "endDate": f"{month}-{last:02}",
            "closed": shut,
            "isYear": False,
            "isQuarter": False,
            **locks,
        }

    def rows(self) -> list[Record]:
        """Return all periods, the oldest first."""
        found = (self.find(f"{year}{month:02}") for year in YEARS for month in range(1, 13))
        return [each for each in found if each is not None]

    def admit(self, record: Record, lock: str) -> None:
        """Refuse a transaction whose date no period takes; else say which period it is in."""
        month = str(record["tranDate"])[:7]
        period = self.find(month.replace("-", ""))
        if period is None:
            detail = f"The transaction date {record['tranDate']} is in no accounting period."
            raise NetSuiteError(400, "USER_ERROR", detail)
        if (record["subsidiary"]["id"], month) in self._closed:
            detail = f"The transaction date {record['tranDate']} is in a closed accounting period."
            raise NetSuiteError(400, self._code, detail)
        if period[lock] or period["allLocked"]:
            detail = f"The accounting period {period['periodName']} is locked for this ledger."
            raise NetSuiteError(400, self._code, detail)
        record["postingPeriod"] = {"id": period["id"], "refName": period["periodName"]}


def _name(day: date) -> str:
    return f"{calendar.month_abbr[day.month]} {day.year}"
