"""The certificates that deployments use, each once, for the rules that judge them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..certs.facts import Certificate
from ..facts import Facts
from ..findings import Label
from ..records import NamedTuple
from ..systems.claims import APISIX_SSL
from ..systems.milvus.uses import CERTIFICATES, Use, uses
from .served import Served, served

if TYPE_CHECKING:
    from .stored import Stored


class Used(NamedTuple):
    """A certificate at one place, with everything that uses it there (the first use leads)."""

    certificate: Certificate
    uses: tuple[Use | Served | Stored, ...]
    place: Label

    @property
    def who(self) -> str:
        """The users in words: ``standalone (server)``."""
        names = (f"{use.deployment.name} ({use.role})" if isinstance(use, Use) else use.who for use in self.uses)
        return ", ".join(dict.fromkeys(names))

    @property
    def by_gateway(self) -> bool:
        """Whether only APISIX uses it, which takes a renewed Secret without a restart."""
        return not any(isinstance(use, Use) for use in self.uses)

    @property
    def related(self) -> tuple[Label, ...]:
        """The settings that name the file, each once."""
        labels = (use.setting_place()._replace(message=f"used here as the {use.role} certificate") for use in self.uses)
        return tuple(dict.fromkeys(label for label in labels if label[:3] != self.place[:3]))[:3]


def name_of(certificate: Certificate) -> str:
    """How messages call a certificate: its subject, else its first name, else its serial number."""
    if certificate.subject:
        return certificate.subject
    names = certificate.dns_names + certificate.ip_addresses
    return names[0] if names else f"serial {certificate.serial}"


def used_certificates(facts: Facts) -> list[Used]:
    """Every certificate in the files that the deployments and gateways use, in the order they are found."""
    found: dict[tuple[str, str, int], list[Use | Served | Stored]] = {}
    facts_of: dict[tuple[str, str, int], tuple[Certificate, Label]] = {}
    for use in uses(facts.deployments):
        if use.role not in CERTIFICATES or use.view.content is None:
            continue
        for certificate in _certificates(use.view.content):
            place = use.place(certificate.line)
            mark = (certificate.sha256, place.path, place.line)
            found.setdefault(mark, []).append(use)
            facts_of[mark] = (certificate, place)
    for one in served(facts):
        for certificate in _certificates(one.view.content or b""):
            place = one.place(certificate.line)
            mark = (certificate.sha256, place.path, place.line)
            found.setdefault(mark, []).append(one)
            facts_of.setdefault(mark, (certificate, place))
    for value in _stored(facts):
        for certificate in _certificates(value.view.content or b""):
            place = value.place()
            mark = (certificate.sha256, place.path, place.line)
            found.setdefault(mark, []).append(value)
            facts_of.setdefault(mark, (certificate, place))
    return [Used(facts_of[mark][0], tuple(users), facts_of[mark][1]) for mark, users in found.items()]


def _certificates(data: bytes) -> list[Certificate]:
    from ..certs.read import certificates

    return certificates(data)


def _stored(facts: Facts) -> Iterator[Stored]:
    if facts.claims.of(APISIX_SSL):
        from .stored import stored

        yield from stored(facts)


def leaves(facts: Facts) -> Iterator[tuple[Use, Certificate]]:
    """Each use whose file begins with a readable certificate, with that certificate."""
    for use in uses(facts.deployments):
        if use.role in CERTIFICATES and use.view.content is not None:
            first = next(iter(_certificates(use.view.content)), None)
            if first is not None:
                yield use, first
