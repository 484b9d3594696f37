"""Words that rules and the model share; here, so that a rule of every system can be loaded without the model."""

from __future__ import annotations

TLS, INGRESS, GATEWAY_LISTENER = "ApisixTls", "Ingress", "Gateway"
"""The kinds of objects that bring certificates."""

SSL = "ssl"
"""An ssl object of APISIX itself: of apisix.yaml, or a body for the Admin API."""

NOT_PEM, ENCRYPTED, CHAIN_ORDER, MISMATCH = "not-pem", "encrypted", "chain-order", "mismatch"
"""Why APISIX cannot use a pair."""

INTERNAL_ALERT, HANDSHAKE_FAILURE = "tlsv1 alert internal error", "sslv3 alert handshake failure"
"""What OpenSSL's clients say where a server cannot serve; the second where it has a certificate and a key of two kinds."""

CA_REFUSED = "failed to validate client_cert"
"""What APISIX says of a CA bundle that it cannot parse."""

TOO_SHORT = "string too short, expected at least 128"
"""What APISIX before 3.17 says of an Ed25519 key."""
