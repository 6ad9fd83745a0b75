"""Every check, by hand: no scanning, no side effects; the order is that of the list."""

from typing import Final

from interlock.checks.api.waiting_for_the_books import waiting_for_the_books
from interlock.checks.arrival.event_never_delivered import event_never_delivered
from interlock.checks.arrival.event_that_nobody_tells import event_that_nobody_tells
from interlock.checks.arrival.line_that_nobody_has import line_that_nobody_has
from interlock.checks.arrival.poll_without_overlap import poll_without_overlap
from interlock.checks.arrival.trigger_that_never_comes import trigger_that_never_comes
from interlock.checks.arrival.webhook_without_poll import webhook_without_poll
from interlock.checks.authority.authority_overwritten import authority_overwritten
from interlock.checks.authority.foreign_source import foreign_source
from interlock.checks.authority.mutual_copies import mutual_copies
from interlock.checks.authority.stale_copy import stale_copy
from interlock.checks.authority.transfer_from_another import transfer_from_another
from interlock.checks.authority.two_originators import two_originators
from interlock.checks.authority.undecided_authority import undecided_authority
from interlock.checks.authority.undeclared_origin import undeclared_origin
from interlock.checks.check import Check
from interlock.checks.classification.analysis_declared_transactional import (
    analysis_declared_transactional,
)
from interlock.checks.classification.batch_in_a_hurry import batch_in_a_hurry
from interlock.checks.classification.critical_without_escalation import critical_without_escalation
from interlock.checks.classification.critical_without_proof import critical_without_proof
from interlock.checks.classification.critical_without_reconciliation import (
    critical_without_reconciliation,
)
from interlock.checks.classification.critical_without_service_level import (
    critical_without_service_level,
)
from interlock.checks.classification.immediate_in_batches import immediate_in_batches
from interlock.checks.classification.polled_too_slowly import polled_too_slowly
from interlock.checks.classification.posting_in_a_request import posting_in_a_request
from interlock.checks.classification.recovery_shorter_than_retries import (
    recovery_shorter_than_retries,
)
from interlock.checks.classification.request_without_hurry import request_without_hurry
from interlock.checks.classification.service_level_beyond_tolerance import (
    service_level_beyond_tolerance,
)
from interlock.checks.classification.tradeoff_unstated import tradeoff_unstated
from interlock.checks.classification.transaction_declared_analytical import (
    transaction_declared_analytical,
)
from interlock.checks.classification.unclassified_integration import unclassified_integration
from interlock.checks.contract.deprecated_contract import deprecated_contract
from interlock.checks.contract.retired_system import retired_system
from interlock.checks.contract.sunset_near import sunset_near
from interlock.checks.hygiene.unbound_field import unbound_field
from interlock.checks.hygiene.unused_entity import unused_entity
from interlock.checks.hygiene.unused_system import unused_system
from interlock.checks.idempotency.changing_business_key import changing_business_key
from interlock.checks.idempotency.key_by_chance import key_by_chance
from interlock.checks.idempotency.key_forgotten_too_soon import key_forgotten_too_soon
from interlock.checks.idempotency.same_key_in_every_round import same_key_in_every_round
from interlock.checks.idempotency.unbounded_write import unbounded_write
from interlock.checks.idempotency.weak_lookup import weak_lookup
from interlock.checks.mapping.required_by_contract import required_by_contract
from interlock.checks.mapping.required_field_unset import required_field_unset
from interlock.checks.mapping.unknown_contract_field import unknown_contract_field
from interlock.checks.mapping.value_without_spelling import value_without_spelling
from interlock.checks.mapping.wrong_type import wrong_type
from interlock.checks.ownership.group_of_nobody import group_of_nobody
from interlock.checks.ownership.owner_missing import owner_missing
from interlock.checks.product.direct_extract import direct_extract
from interlock.checks.product.foreign_column import foreign_column
from interlock.checks.product.personal_column import personal_column
from interlock.checks.product.undecided_column import undecided_column
from interlock.checks.product.unproven_figure import unproven_figure
from interlock.checks.product.unstated_input import unstated_input
from interlock.checks.protection.personal_data_in_event import personal_data_in_event
from interlock.checks.protection.personal_data_in_key import personal_data_in_key
from interlock.checks.protection.personal_data_in_ordinary_field import (
    personal_data_in_ordinary_field,
)
from interlock.checks.protection.personal_data_in_wrong_system import personal_data_in_wrong_system
from interlock.checks.quota.account_counted_twice import account_counted_twice
from interlock.checks.quota.operation_beyond_system import operation_beyond_system
from interlock.checks.quota.polling_beyond_quota import polling_beyond_quota
from interlock.checks.quota.system_without_limits import system_without_limits
from interlock.checks.release.frozen import frozen
from interlock.checks.retry.ignored_failure import ignored_failure
from interlock.checks.retry.no_last_resort import no_last_resort
from interlock.checks.retry.retry_of_what_cannot_heal import retry_of_what_cannot_heal
from interlock.checks.retry.unreachable_handler import unreachable_handler
from interlock.checks.saga.compensation_of_nothing import compensation_of_nothing
from interlock.checks.saga.parents_not_first import parents_not_first
from interlock.checks.saga.posted_document_deleted import posted_document_deleted
from interlock.checks.saga.posting_without_pivot import posting_without_pivot
from interlock.checks.saga.reference_before_record import reference_before_record
from interlock.checks.saga.refusal_after_pivot import refusal_after_pivot
from interlock.checks.saga.second_pivot import second_pivot
from interlock.checks.saga.sync_that_runs_once import sync_that_runs_once
from interlock.checks.saga.undo_missing import undo_missing
from interlock.checks.saga.undo_without_reversal import undo_without_reversal
from interlock.checks.saga.wait_beyond_timeout import wait_beyond_timeout
from interlock.checks.saga.wait_without_bound import wait_without_bound
from interlock.checks.secrecy.closing_scheme import closing_scheme
from interlock.checks.secrecy.credential_for_ever import credential_for_ever
from interlock.checks.secrecy.credential_in_plain_text import credential_in_plain_text
from interlock.checks.secrecy.leaked_secret import leaked_secret
from interlock.checks.secrecy.open_way_out import open_way_out
from interlock.checks.secrecy.unencrypted_url import unencrypted_url
from interlock.checks.secrecy.unknown_scheme import unknown_scheme
from interlock.checks.secrecy.unsigned_webhook import unsigned_webhook

CHECKS: Final[tuple[Check, ...]] = (
    stale_copy,
    authority_overwritten,
    foreign_source,
    undeclared_origin,
    undecided_authority,
    two_originators,
    mutual_copies,
    transfer_from_another,
    unclassified_integration,
    critical_without_proof,
    critical_without_reconciliation,
    critical_without_escalation,
    critical_without_service_level,
    recovery_shorter_than_retries,
    service_level_beyond_tolerance,
    polled_too_slowly,
    analysis_declared_transactional,
    transaction_declared_analytical,
    immediate_in_batches,
    batch_in_a_hurry,
    posting_in_a_request,
    tradeoff_unstated,
    request_without_hurry,
    unbounded_write,
    weak_lookup,
    key_forgotten_too_soon,
    key_by_chance,
    changing_business_key,
    same_key_in_every_round,
    undo_missing,
    posted_document_deleted,
    undo_without_reversal,
    wait_without_bound,
    posting_without_pivot,
    refusal_after_pivot,
    second_pivot,
    compensation_of_nothing,
    wait_beyond_timeout,
    reference_before_record,
    parents_not_first,
    sync_that_runs_once,
    retry_of_what_cannot_heal,
    unreachable_handler,
    no_last_resort,
    ignored_failure,
    unknown_contract_field,
    wrong_type,
    required_by_contract,
    required_field_unset,
    value_without_spelling,
    deprecated_contract,
    sunset_near,
    retired_system,
    owner_missing,
    group_of_nobody,
    personal_data_in_wrong_system,
    personal_data_in_ordinary_field,
    personal_data_in_event,
    personal_data_in_key,
    credential_in_plain_text,
    leaked_secret,
    closing_scheme,
    unknown_scheme,
    unsigned_webhook,
    unencrypted_url,
    credential_for_ever,
    open_way_out,
    operation_beyond_system,
    account_counted_twice,
    polling_beyond_quota,
    system_without_limits,
    trigger_that_never_comes,
    webhook_without_poll,
    poll_without_overlap,
    event_never_delivered,
    event_that_nobody_tells,
    line_that_nobody_has,
    waiting_for_the_books,
    unused_entity,
    unbound_field,
    unused_system,
    frozen,
    foreign_column,
    undecided_column,
    direct_extract,
    unstated_input,
    unproven_figure,
    personal_column,
)
