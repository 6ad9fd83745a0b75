"""The way to the Pub/Sub API: one host, at addresses that were looked up once and judged.

The endpoint is the vendor's own for all orgs (option ``pubsub``), not the org's host, so it is
judged by itself, by what the connection's `outbound` allows (`connectors.kit.pinned` does the
same for HTTP). Certificates are always verified, against the same authorities.
"""

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import grpc

from interlock.connectors.kit.auth import Auth
from interlock.connectors.kit.exchange import Call, Intent
from interlock.connectors.kit.masking import masked
from interlock.connectors.kit.pinned import literal, trusted
from interlock.connectors.port import CallFailed, Connection, Kind, Outcome, Verdict
from interlock.connectors.salesforce.pubsub.messages import SERVICE
from interlock.connectors.stream import PositionLostError
from interlock.foundation.destination import Lookup, addresses_of, judged
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError

ENDPOINT: Final = "https://api.pubsub.salesforce.com:7443"
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a message; the vendor's own bound of a fetch response is 3 MB."""
KEEPALIVE: Final = 330_000
"""Milliseconds between pings: servers hang up on who pings oftener than every five minutes (gRPC
A8, ``too_many_pings``), and the org itself speaks every 270 seconds."""
_CODE: Final = "error-code"
"""The trailer in which the vendor says what went wrong ("Handle Errors")."""
_LOST: Final = (".fetch.replayid.corrupted", ".fetch.replayid.validation.failed")
_REASONS: Final = {
    grpc.StatusCode.UNAUTHENTICATED: (Verdict.BLOCKED, Kind.AUTH),
    grpc.StatusCode.PERMISSION_DENIED: (Verdict.REJECTED, Kind.AUTH),
    grpc.StatusCode.NOT_FOUND: (Verdict.REJECTED, Kind.NOT_FOUND),
    grpc.StatusCode.INVALID_ARGUMENT: (Verdict.REJECTED, Kind.REJECTED),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (Verdict.BLOCKED, Kind.QUOTA),
    grpc.StatusCode.DEADLINE_EXCEEDED: (Verdict.RETRYABLE, Kind.TRANSPORT),
    grpc.StatusCode.UNAVAILABLE: (Verdict.RETRYABLE, Kind.OUTAGE),
}
"""What a status means; every one here is of a read, so that nothing can have been applied."""
Metadata = tuple[tuple[str, str], ...]
_LOGIN: Final = Call(intent=Intent.READ, method="POST", path="/")
"""Stands for a call of HTTP where credentials are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One opened gRPC channel; close it."""

    channel: grpc.Channel
    seconds: float
    """How long one question may take."""


class PubSubWire:
    """Opens lines to the Pub/Sub API as the user of one connection."""

    def __init__(
        self, connection: Connection, auth: Auth, *, lookup: Lookup = addresses_of
    ) -> None:
        self._connection = connection
        self._auth = auth
        self._lookup = lookup
        self._url = connection.options.get("pubsub", ENDPOINT)

    @contextmanager
    def line(self) -> Iterator[Line]:
        """Open a line; the block's gRPC errors are raised as what they mean.

        Raises:
            CallFailed: It may not be called, or broke.
            PositionLostError: The subscription cannot begin where it was told to.
            UsageError: The connection cannot be used for it.
        """
        try:
            channel = self._opened(urlsplit(self._url))
        except (RefusedError, UnavailableError) as error:
            verdict = Verdict.BLOCKED if isinstance(error, RefusedError) else Verdict.RETRYABLE
            said = f"{error.what}. {error.hint}"
            raise CallFailed(_outcome(verdict, Kind.TRANSPORT, said)) from None
        try:
            seconds = self._connection.timeout.total_seconds()
            yield Line(channel=channel, seconds=seconds)
        except grpc.RpcError as error:
            raise self._failure(error) from None
        finally:
            channel.close()

    def ask(self, line: Line, method: str, request: bytes) -> bytes:
        """Ask one question; once more if the token had ended and there is another one."""
        call: Callable[..., bytes] = line.channel.unary_unary(SERVICE + method)
        metadata = self.metadata()
        try:
            return call(request, timeout=line.seconds, metadata=metadata)
        except grpc.RpcError as error:
            if not self.renewed(error, metadata):
                raise
        return call(request, timeout=line.seconds, metadata=self.metadata())

    def metadata(self) -> Metadata:
        """Return who we are, for one call.

        Raises:
            CallFailed: A token was needed and could not be had.
            UsageError: The org's id is not known.
        """
        organisation = self._connection.options.get("organization_id", "")
        if not organisation:
            raise UsageError(
                f"system `{self._connection.system}` does not say which org it is",
                hint="The Pub/Sub API needs it: put `organization_id` into its options.",
            )
        headers = self._auth.headers(_LOGIN, self._connection.url)
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        return (
            ("accesstoken", token),
            ("instanceurl", self._connection.url.rstrip("/")),
            ("tenantid", organisation),
        )

    def renewed(self, error: grpc.RpcError, used: Metadata) -> bool:
        """Tell whether the token of `used` had ended, and there is another one now."""
        if _code(error) is not grpc.StatusCode.UNAUTHENTICATED:
            return False
        return self._auth.renew({"Authorization": f"Bearer {dict(used)['accesstoken']}"})

    def _opened(self, parts: SplitResult) -> grpc.Channel:
        host, secure = parts.hostname or "", parts.scheme == "https"
        if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
            raise UsageError(
                f"the option `pubsub` of `{self._connection.system}` is not a plain URL",
                hint=f"Leave it out, or write https://HOST:PORT; the vendor's is {ENDPOINT}.",
            )
        port = parts.port or (443 if secure else 80)
        target, way = self._way(parts.scheme, host, port)
        options = [
            *way,
            ("grpc.max_receive_message_length", LARGEST),
            ("grpc.max_send_message_length", LARGEST),
            ("grpc.default_authority", parts.netloc),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.keepalive_time_ms", KEEPALIVE),
            ("grpc.keepalive_timeout_ms", 20_000),
        ]
        if not secure:
            return grpc.insecure_channel(target, options=options)
        pem = "".join(
            ssl.DER_cert_to_PEM_cert(each)
            for each in trusted(self._connection.outbound).get_ca_certs(binary_form=True)
        )
        options.append(("grpc.ssl_target_name_override", host))
        credentials = grpc.ssl_channel_credentials(root_certificates=pem.encode())
        return grpc.secure_channel(target, credentials, options=options)

    def _way(self, scheme: str, host: str, port: int) -> tuple[str, list[tuple[str, int | str]]]:
        """Return where to connect to, and by what: a proxy resolves the name and judges it."""
        proxy, allowed = self._connection.outbound.proxy, self._connection.outbound.allowed
        if proxy is None:
            found = judged(scheme, host, port, allowed, self._lookup)
            return _target(found, port), [("grpc.enable_http_proxy", 0)]
        if os.environ.get("no_grpc_proxy", os.environ.get("no_proxy")):  # noqa: SIM112 (gRPC reads them so)
            raise UsageError(
                f"change events of `{self._connection.system}` would go around its proxy",
                hint="gRPC heeds `no_proxy`: set `no_grpc_proxy` to nothing for this process.",
            )
        if literal(host):
            judged(scheme, host, port, allowed, lambda *_: (literal(host),))
        return f"dns:///{host}:{port}", [("grpc.http_proxy", proxy)]

    def _failure(self, error: grpc.RpcError) -> Exception:
        """Return what a gRPC error means, its words masked."""
        code, trailer = _code(error), _trailer(error)
        if trailer.endswith(_LOST):
            return PositionLostError(trailer)
        verdict, kind = _REASONS.get(code, (Verdict.RETRYABLE, Kind.TRANSPORT))
        details = getattr(error, "details", lambda: "")() or ""
        secrets = (*self._connection.credential.values(), *self._auth.secrets())
        said = masked(details, secrets)
        return CallFailed(_outcome(verdict, kind, said, trailer or code.name))


def _target(addresses: tuple[str, ...], port: int) -> str:
    """Return the addresses as gRPC takes them: those of the first one's family."""
    family = "ipv6" if ":" in addresses[0] else "ipv4"
    same = [each for each in addresses if (":" in each) == (family == "ipv6")]
    shown = [f"[{each}]:{port}" if family == "ipv6" else f"{each}:{port}" for each in same]
    return f"{family}:{','.join(shown)}"


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    code = getattr(error, "code", None)
    found = code() if callable(code) else None
    return found if isinstance(found, grpc.StatusCode) else grpc.StatusCode.UNKNOWN


def _trailer(error: grpc.RpcError) -> str:
    trailing = getattr(error, "trailing_metadata", None)
    for name, value in (trailing() if callable(trailing) else None) or ():
        if name == _CODE and isinstance(value, str):
            return value[:120]
    return ""


def _outcome(verdict: Verdict, kind: Kind, said: str, code: str = "") -> Outcome:
    return Outcome(verdict=verdict, kind=kind, message=said, code=code)
