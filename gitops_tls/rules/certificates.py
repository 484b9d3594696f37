"""The certificates that deployments use, each once, for the rules that judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..certs.facts import Certificate
from ..facts import Facts
from ..findings import Label
from ..records import NamedTuple
from ..systems.claims import APISIX_SSL
from ..systems.milvus.uses import CA, CERTIFICATES, INTERNAL_CA, Use, uses
from .served import Served, served

if TYPE_CHECKING:
    from datetime import datetime

    from ..systems.files import FileView
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


def stood_in_for(used: Used, every: Iterable[Used], now: datetime) -> bool:
    """Whether nothing is lost when a certificate ends, since in each file others do what it did.

    So it is with a CA beside others that are valid, unless it alone signed a certificate in use; and with a root that is
    sent along behind a certificate, since clients go by their own copy.
    """
    if all(use.role not in (CA, INTERNAL_CA) for use in used.uses):
        return used.certificate.subject == used.certificate.issuer and not any(_leads(used, use.view) for use in used.uses)
    names = {each.certificate.issuer for each in every if each.certificate.sha256 != used.certificate.sha256}
    return all(_has_others(used.certificate, use.view, names, now) for use in used.uses)


def _leads(used: Used, view: FileView) -> bool:
    return next(iter(_certificates(view.content or b"")), used.certificate).sha256 == used.certificate.sha256


def _has_others(ended: Certificate, view: FileView, issuers: set[str], now: datetime) -> bool:
    valid = [each for each in _certificates(view.content or b"") if each.is_ca and each.not_before <= now <= each.not_after]
    others = {each.subject for each in valid if each.sha256 != ended.sha256}
    return bool(others) and (ended.subject in others or ended.subject not in issuers)


def _certificates(data: bytes) -> list[Certificate]:
    from ..certs.read import certificates

    return certificates(data)


def _stored(facts: Facts) -> Iterator[Stored]:
    if facts.claims.of(APISIX_SSL):
        from .stored import stored

        yield from stored(facts)


def chain_of(use: Use) -> list[Certificate]:
    """The certificates of a use's file, in order."""
    return _certificates(use.view.content or b"")


def leaves(facts: Facts) -> Iterator[tuple[Use, Certificate]]:
    """Each use whose file begins with a readable certificate, with that certificate."""
    for use in uses(facts.deployments):
        if use.role in CERTIFICATES and use.view.content is not None:
            first = next(iter(_certificates(use.view.content)), None)
            if first is not None:
                yield use, first
