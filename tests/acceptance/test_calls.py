"""A portal asks for deals to be closed while workers are killed: none is lost, none is twice."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from interlock.cli.demonstration.stage import PORTAL_TOKEN
from tests.acceptance.company import Company, open_company

DEALS = 3


class Portal:
    """A program of the company that calls us, and repeats what was not answered."""

    def __init__(self, company: Company) -> None:
        self._company = company
        port = json.loads((company.home / "settings.json").read_text())["listen"]
        self._client = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"authorization": f"Bearer {PORTAL_TOKEN}"},
            transport=httpx2.HTTPTransport(retries=8),
            timeout=60.0,
        )

    def hang_up(self) -> None:
        self._client.close()

    def close(self, ref: str) -> httpx2.Response:
        headers = {"idempotency-key": f"close-{ref}"}
        return self._client.post("/api/deals/close", json={"ref": ref}, headers=headers)

    def status(self, answer: httpx2.Response) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.get(answer.headers["location"]).json()
        return found

    def all_done(self, answers: list[httpx2.Response]) -> bool:
        self._company.stage.tell("billing", "pay", {})
        return {self.status(answer)["status"] for answer in answers} == {"completed"}


@contextmanager
def portal_of(company: Company) -> Iterator[Portal]:
    portal = Portal(company)
    try:
        yield portal
    finally:
        portal.hang_up()


def test_calls_that_were_accepted_are_done_once_though_the_worker_dies_after_each(
    tmp_path: Path,
) -> None:
    with open_company(tmp_path / "home", deals=0) as company, portal_of(company) as portal:
        company.sell(DEALS)
        rows = company.stage.tell("crm", "ledger")["Opportunity"]
        refs = [row["Id"] for row in rows]
        answers = []
        for ref in refs:
            answers.append(portal.close(ref))
            company.stage.kill_worker()
            company.stage.start_worker()

        assert [answer.status_code for answer in answers] == [202] * DEALS
        company.until(lambda: portal.all_done(answers))

        again = [portal.close(ref) for ref in refs]
        assert [answer.content for answer in again] == [answer.content for answer in answers]
        assert sorted(company.posted()) == sorted(refs)
        assert len(company.stage.tell("erp", "ledger")["invoice"]) == DEALS
        assert len(company.live_subscriptions()) == DEALS
        (told,) = company.ask("trace", portal.status(answers[0])["id"])["transactions"]
        assert told["key"] == refs[0]
        listed = company.ask("calls", "list", "--api", "deals")
        assert {each["status"] for each in listed["calls"]} == {"completed"}
        assert (len(listed["calls"]), listed["waiting"]) == (DEALS, 0)
