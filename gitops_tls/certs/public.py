"""Key pairs that everybody has: those in the Milvus image (``/milvus/configs/cert``) and in pymilvus' examples.

The same files since 2022 (v2.3.4, v2.4.23, v2.5.27, v2.6.20 and v3.0.0 of milvus-io/milvus ``configs/cert``; pymilvus
``examples/cert``). Their private keys are published, so they protect nothing.
"""

from __future__ import annotations

from .facts import Certificate, KeyFact

PUBLIC_FINGERPRINTS: dict[str, str] = {
    "51b98b478612f0c186cca37a3c1a5bc744843e4f6c41a1dbea262980a00063e7": "ca.pem of the Milvus image",
    "0910eccda921ace7fbb64961f976a2dca359e95e4dbecf02d47ca2d3b0e0fc05": "ca.key of the Milvus image",
    "6c5c008218046a50cb0db2645dc0ea73db46c9fa4b8b808fa4f2e2324ac17d8c": "client.pem of the Milvus image",
    "08415416c5c5af5504e3a27ec383b8baf238d3595db39e5a292079d3d49baa9a": "client.key of the Milvus image",
    "8f73f815d79b75c9685ae138dcf1e064925b9eea3f3b3d9822a4979dc2ead762": "server.pem of the Milvus image",
    "94226eaf3a8acb733dafa214dc91fbee87b787a94c9ba147c6b2f314f59cc9d7": "server.key of the Milvus image",
}
"""SHA-256 (hex) of the certificate (DER) or of its public key (SubjectPublicKeyInfo), and which file that is."""


def public_name(thing: Certificate | KeyFact | str | None) -> str | None:
    """Which published file a certificate, key or fingerprint belongs to (``server.pem of the Milvus image``), or None."""
    if isinstance(thing, Certificate):
        return PUBLIC_FINGERPRINTS.get(thing.sha256) or PUBLIC_FINGERPRINTS.get(thing.spki_sha256)
    fingerprint = thing.spki_sha256 if isinstance(thing, KeyFact) else thing
    return PUBLIC_FINGERPRINTS.get(fingerprint.lower().replace(":", "")) if fingerprint else None


def is_public(thing: Certificate | KeyFact | str | None) -> bool:
    """Whether the private key behind a certificate, a key or a fingerprint (SHA-256, hex) is published."""
    return public_name(thing) is not None
