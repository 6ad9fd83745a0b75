"""Disputes: a bank takes the money back, and gives it to whoever is right."""

from typing import Final

from interlock_sandbox.stripe.errors import invalid
from interlock_sandbox.stripe.objects import Account
from interlock_sandbox.world import Record

DAY: Final = 86_400
ENDS: Final = frozenset({"won", "lost", "warning_closed", "prevented"})


class Disputes:
    """The disputes of an account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def opened(self, intent: Record, reason: str) -> Record:
        """Let a bank dispute a payment: its money is withdrawn at once."""
        charge = self._account.existing("charge", intent["latest_charge"])
        if charge["disputed"]:
            raise invalid("This charge is disputed already.", "charge_disputed")
        charge["disputed"] = True
        due = {"due_by": self._account.now() + 7 * DAY, "has_evidence": False}
        fields = {
            "amount": charge["amount"] - charge["amount_refunded"],
            "charge": charge["id"],
            "currency": charge["currency"],
            "payment_intent": intent["id"],
            "reason": reason,
            "status": "needs_response",
            "evidence": {},
            "evidence_details": {**due, "past_due": False, "submission_count": 0},
        }
        made = self._account.new("dispute", "du", fields)
        self._account.happened("charge.dispute.created", made)
        self._account.happened("charge.dispute.funds_withdrawn", made)
        return made

    def answer(self, dispute: Record, given: Record) -> Record:
        """Take evidence; it goes to the bank when it is submitted."""
        if dispute["status"] in ENDS:
            raise invalid("This dispute is closed.", "dispute_closed")
        dispute["evidence"] = {**dispute["evidence"], **(given.get("evidence") or {})}
        details = {**dispute["evidence_details"], "has_evidence": bool(dispute["evidence"])}
        if str(given.get("submit", "")) == "true":
            details["submission_count"] += 1
            dispute["status"] = "under_review"
        dispute["evidence_details"] = details
        dispute["metadata"] = {**dispute["metadata"], **(given.get("metadata") or {})}
        self._account.happened("charge.dispute.updated", dispute)
        return dispute

    def closed(self, dispute: Record, status: str) -> Record:
        """Let the bank decide; whoever accepts a dispute has lost it."""
        if dispute["status"] in ENDS:
            raise invalid("This dispute is closed.", "dispute_closed")
        dispute["status"] = status
        if status == "won":
            self._account.existing("charge", dispute["charge"])["disputed"] = False
            self._account.happened("charge.dispute.funds_reinstated", dispute)
        self._account.happened("charge.dispute.closed", dispute)
        return dispute
