"""What a person can do, by kind of failure: the text that a case starts with.

An integration's own remedy (`onError`, `remedy`) comes first: it knows the company. These are for
the rest (peers.md 4.4: 87 help pages for one vendor's error texts show what a table is worth).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from interlock.connectors.port import Kind

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Kind.REJECTED: (
            "{system} refused it for a reason of its own. Read its message, put the source right, "
            "then answer `correct` with the new value, or `retry` if the cause was in {system}."
        ),
        Kind.PERIOD_CLOSED: (
            "The accounting period is closed in {system}. Have the ledger's owner reopen it and "
            "answer `retry`, or answer `correct` with a posting date in an open period."
        ),
        Kind.MISSING_FIELD: (
            "{system} needs a field that the source does not have. Fill it in at its authority "
            "and answer `retry`, or answer `correct` with the value."
        ),
        Kind.UNKNOWN_VALUE: (
            "{system} does not know one of the values. Add it there, or to the entity's codec in "
            "the estate, and answer `retry`; or answer `correct` with a value that it knows."
        ),
        Kind.UNKNOWN_FIELD: (
            "{system} does not have a field that the estate names: it was renamed or removed "
            "there. Correct the entity's binding, apply the estate, then answer `retry`."
        ),
        Kind.DUPLICATE: (
            "{system} has one already, and it is not equal to ours. Compare the two: answer "
            "`accept` if theirs is right, `correct` if ours must change; never make a second one."
        ),
        Kind.NOT_FOUND: (
            "{system} does not have the object that this builds on. Was it deleted or merged "
            "there? Restore it and answer `retry`, or answer `correct` with its successor."
        ),
        Kind.CONFLICT: (
            "Someone else changes the same object in {system}. Look at who does, then answer "
            "`retry`."
        ),
        Kind.LOCKED: (
            "The object stayed locked in {system} longer than we were told to wait. Find the job "
            "that holds it, then answer `retry`."
        ),
        Kind.QUOTA: (
            "{system}'s quota stayed used up. See who uses it, or wait for the vendor's window, "
            "then answer `retry`."
        ),
        Kind.AUTH: (
            "{system} does not let us in. Renew the credential (`interlock doctor` says which), "
            "and everything that waits goes on by itself."
        ),
        Kind.OUTAGE: (
            "{system} is away. See its status page; when it is back, everything that waits goes "
            "on by itself."
        ),
        Kind.TRANSPORT: (
            "It is not known whether {system} did it. Look for our reference `{key}` there: "
            "answer `accept` if it is there and right, `retry` if it surely is not."
        ),
        Kind.MALFORMED: (
            "{system} answered with something that is no answer. Look at the message; it may be "
            "a proxy or a maintenance page. Answer `retry` when {system} speaks properly again."
        ),
        Kind.TAX_FAILED: (
            "The tax could not be determined, mostly because of the address. Correct it at its "
            "authority and answer `retry`, or answer `correct` with the address."
        ),
        "proof": (
            "{system} took the call and does not show the outcome. Look there for `{key}`: answer "
            "`retry` to look again, `accept` with the reason if it is there after all."
        ),
        "timeout": (
            "What this waited for did not come in time. Ask whoever owes it; answer `retry` to "
            "wait again, or `compensate` to take everything back."
        ),
        "authority": (
            "The write would change a field that another system owns. Change the value at its "
            "authority, or the estate if the authority is wrong there; then answer `retry`."
        ),
        "contract": (
            "What would be sent is not what {system}'s contract allows. Put the source or the "
            "binding right, then answer `retry`, or answer `correct` with another value."
        ),
        "policy": (
            "A policy of the estate forbids it. Put the source right and answer `retry`, or have "
            "the policy's owner decide."
        ),
        "expression": (
            "The estate computes something that has no value here, mostly because the source "
            "lacks a field. Fill it in and answer `retry`, or answer `correct` with the value."
        ),
        "transform": (
            "A transform of the estate failed on this record. Its owner reads the message; when "
            "the record is put right, answer `retry`."
        ),
        "uncertain": (
            "It could not be found out whether {system} did it. Look there for `{key}`: answer "
            "`accept` if it is there and right, `retry` if it surely is not."
        ),
        "requirement": (
            "The source does not have what this needs before anything is written. Put it right "
            "there and answer `retry`; nothing was sent anywhere yet."
        ),
        "approval": "Answer `approve` or `deny`; deny takes back what was done.",
        "change": (
            "The source was changed or withdrawn after the point of no return. Decide: `accept` "
            "leaves what was posted, `compensate` reverses it by new documents."
        ),
        "silence": (
            "Nothing comes from {system} any more. Is its webhook still enabled there, and does "
            "our address answer? If quiet is normal, declare a longer `silence:`."
        ),
        "restored": (
            "The database is older than what the systems hold. Runs look for what they may have "
            "done and write nothing. Read `interlock restored`, compare, then let them write: "
            "`interlock restored end --reason ...`."
        ),
        "gap": (
            "What {system} did in that time it does not tell any more. Compare the systems that "
            "hold its records, put right what differs, and answer `accept` with what was found."
        ),
        "subscriber-gone": (
            "{system} answered 410: it wants no more events. Ask its owner. If it is back, "
            "`interlock events resume {system}`; if it is gone, take its Subscription out of the "
            "estate."
        ),
        "subscriber-misconfigured": (
            "{system} cannot be called as it is declared: read the message, put its URL or its "
            "secret right, then `interlock events resume {system}`."
        ),
        "channel-misconfigured": (
            "{system} cannot take events as it is declared: read the message, put it right, then "
            "`interlock events resume {system}`."
        ),
        "destination-forbidden": (
            "{system} is at an address that may not be called from here. If it is meant, allow it "
            "(INTERLOCK_OUTBOUND_ALLOW), then `interlock events resume {system}`."
        ),
        "events-dead": (
            "{system} did not take events until their schedule ran out. When it is well again, "
            "`interlock events redeliver --to {system} --state dead`."
        ),
        "credential-expired": (
            "What we log in to {system} with has ended. Get a new one and put it where the old "
            "one stands: workers follow by themselves. `interlock doctor --connection {system}` "
            "says where that is."
        ),
        "credential-unreadable": (
            "What we log in to {system} with cannot be read any more; what was read before is "
            "still in use. Put it right where the message says; the case closes by itself."
        ),
        "break": (
            "Put the value right at its authority and let it be carried: when the systems agree "
            "the case closes by itself. Or decide: `interlock breaks match`, `write-off` or "
            "`carry-forward`."
        ),
        "break:missing-downstream": (
            "It never reached {system}. `interlock trace {key}` shows its run; a run that "
            "never began begins with `interlock replay`. The case closes when it is there."
        ),
        "break:missing-upstream": (
            "{system} does not know `{key}`, and a later system does. Who made it there? Enter it "
            "at the source, or reverse it; the case closes by itself."
        ),
        "break:duplicate": (
            "The key `{key}` is there more than once. Reverse the surplus one in {system}; never "
            "delete a posted one."
        ),
        "break:in-doubt": (
            "A run sent `{key}` and does not know what became of it; it finds out by itself or "
            "asks. Wait for its own case before anything is entered by hand."
        ),
        "reconciliation-untold": (
            "Nothing was compared, and nothing is called missing. Put right what the message "
            "names; it is tried again by itself, or by `interlock reconcile NAME`."
        ),
        "product": (
            "Nothing was published; the last version stays. Put right what the message names, "
            "then `interlock product build {key}`: the case closes when it is published."
        ),
        "product:source": (
            "{system} could not be read to its end, so `{key}` stays as it is. When it answers "
            "again, `interlock product build {key}` closes the case."
        ),
        "product:schema": (
            "{system} does not show its records as it did. Ask its owner what changed, correct "
            "the entity's binding, apply the estate, then `interlock product build {key}`."
        ),
        "product:authority": (
            "Nobody can tell whose a value is. Let the record say its legal entity or state, or "
            "the entity table who originates it, then `interlock product build {key}`."
        ),
        "connection": (
            "Nothing is sent to {system} until it answers again. Mend the connection; its case "
            "closes and its runs go on by themselves."
        ),
    }
)

OTHERWISE: Final = (
    "Read the message; answer `retry` when the cause is gone, `correct` with other values, or "
    "`compensate` to take everything back."
)


def remedy(*causes: str, system: str, key: str) -> str:
    """Return the text for the first of `causes` that has one."""
    text = next((REMEDIES[cause] for cause in causes if cause in REMEDIES), OTHERWISE)
    return text.replace("{system}", system or "The system").replace("{key}", key)
