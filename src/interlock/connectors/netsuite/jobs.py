"""Writes as asynchronous jobs: accepted at once, worked on later, found again by their key.

Only here NetSuite honours an idempotency key (F6). The same key again is a 400 that says nothing
about the write: it leads to the job that the first request became (F5). What that job was
answered with is what the write came to. Nothing waits here: a job that is not done yet is
`uncertain`, and sending the write again is how it is looked up.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid5

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer, Call, Intent, segment
from interlock.connectors.netsuite.operations import is_id
from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict

PATH: Final = "/services/rest/async/v1/job"
REPEATED: Final = "IDEMPOTENCY_ERROR"
_SPACE: Final = UUID("6d0c5d0e-5a0c-4a39-9d4f-8a1d0f1f5b7e")
"""Of the keys that are derived here: NetSuite wants them in the form of a UUID."""
MOST_TRIES: Final = 8
"""How many failed jobs of one write are passed over before a person has to look."""
MAX_REMEMBERED: Final = 2_000


class Jobs:
    """Sends writes as jobs, and finds out what became of them."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._told: OrderedDict[str, None] = OrderedDict()
        """Jobs whose failure was told: whoever asks again after that wants another try."""

    def send(self, call: Call, key: str) -> Answer:
        """Return what `call` was answered with, as if it had been sent synchronously.

        Raises:
            CallFailed: It was refused; or it is not known yet (uncertain, with the `location`).
        """
        token = uuid5(_SPACE, key)
        job = self._submitted(call, token)
        for _ in range(MOST_TRIES):
            if job not in self._told:
                return self._followed(job)
            # That one surely came to nothing; its key is spent, and the next is derived from it.
            token = uuid5(token, job)
            job = self._submitted(call, token)
        raise CallFailed(_open(job, "too many jobs of this write have failed"))

    def _submitted(self, call: Call, token: UUID) -> str:
        """Return the job that `call` became: just now, or when it was first sent."""
        headers = {"Prefer": "respond-async", "X-NetSuite-Idempotency-Key": str(token)}
        try:
            answer = self._channel.ask(replace(call, headers={**call.headers, **headers}))
        except CallFailed as failure:
            job = _job_in(failure.outcome.location or "")
            if failure.outcome.code != REPEATED or job is None:
                raise
            return job
        job = _job_in(answer.headers.get("location", ""))
        if answer.status != HTTPStatus.ACCEPTED or job is None:
            raise answer.malformed("a 202 that names its job was expected")
        return job

    def _followed(self, job: str) -> Answer:
        path = f"{PATH}/{segment(job)}"
        try:
            state = self._channel.ask(Call(intent=Intent.READ, method="GET", path=path)).mapping()
        except CallFailed as failure:
            raise CallFailed(_open(job, failure.outcome.message)) from failure
        if state.get("completed") is not True:
            raise CallFailed(_open(job, f"it is {state.get('progress')}"))
        return self._result(job, state)

    def _result(self, job: str, state: Mapping[str, object]) -> Answer:
        """Return the answer of a completed job; its failure is classified as the write's own."""
        path = f"{PATH}/{segment(job)}/task/1/result"
        failed = state.get("progress") == "failed"
        try:
            answer = self._channel.ask(Call(intent=Intent.WRITE, method="GET", path=path))
        except CallFailed as failure:
            if not failed:
                raise CallFailed(_open(job, failure.outcome.message)) from failure
            if failure.outcome.verdict is Verdict.REJECTED:
                self._remember(job)
            raise
        if failed:
            raise CallFailed(_open(job, "it is said to have failed, and its result is a success"))
        return answer

    def _remember(self, job: str) -> None:
        with self._lock:
            self._told[job] = None
            while len(self._told) > MAX_REMEMBERED:
                self._told.popitem(last=False)


def _job_in(location: str) -> str | None:
    """Return the id of the job that a ``Location`` names; its host is never gone to."""
    path = urlsplit(location).path
    ref = unquote(path.removeprefix(f"{PATH}/"))
    return ref if path.startswith(f"{PATH}/") and is_id(ref) else None


def _open(job: str, why: str) -> Outcome:
    return Outcome(
        verdict=Verdict.UNCERTAIN,
        kind=Kind.CONFLICT,
        code="JOB_NOT_DONE",
        message=f"job {job} was accepted, and what it came to is not known: {why}",
        location=f"{PATH}/{job}",
    )
