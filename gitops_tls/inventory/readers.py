"""From hits to certificates: parsed once for each content, PKCS#12 containers opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..certs import jks, pkcs12
from ..certs.facts import Certificate
from ..certs.search import Hit
from .model import ENCRYPTED, KEYSTORE, MALFORMED, NO_CERTIFICATE

Result = tuple[int, Certificate | None, str, str]
"""Line, certificate; or None with reason and detail."""

_OTHER_PASSWORD = "other password"  # noqa: S105 - a word for a problem
_CONTAINER = {
    pkcs12.ENCRYPTED: (ENCRYPTED, "a PKCS#12 container with a password: name the file that holds it with --pkcs12-password-file"),
    _OTHER_PASSWORD: (ENCRYPTED, "a PKCS#12 container that the password in --pkcs12-password-file does not open"),
    pkcs12.MALFORMED: (MALFORMED, "a PKCS#12 container that is malformed"),
    pkcs12.COSTLY: (
        ENCRYPTED,
        f"a PKCS#12 container that asks for more than {pkcs12.MOST_ITERATIONS:,} rounds of key derivation",
    ),
}


class Reader:
    """Turns hits into certificates. Passwords are tried on containers and go nowhere else."""

    def __init__(self, passwords: Iterable[bytes] = ()) -> None:
        self._passwords = tuple(passwords)
        self._known: dict[bytes, Certificate | None] = {}

    def __repr__(self) -> str:
        return f"Reader({len(self._passwords)} passwords)"

    def read(self, hits: Iterable[Hit]) -> Iterator[Result]:
        """Each hit's certificate, or why it has none."""
        for hit in hits:
            if hit.der is None:
                yield hit.line, None, KEYSTORE if hit.problem.endswith((jks.HIDDEN, jks.VERSION)) else MALFORMED, hit.problem
            elif hit.container:
                yield from self._container(hit.der, hit.line)
            else:
                yield self._certificate(hit.der, hit.line)

    def _certificate(self, content: bytes, line: int) -> Result:
        if content not in self._known:
            self._known[content] = _parsed(content)
        known = self._known[content]
        if known is None:
            return line, None, MALFORMED, "it cannot be parsed"
        return line, known._replace(line=line), "", ""

    def _container(self, content: bytes, line: int) -> Iterator[Result]:
        found = pkcs12.opened(content, self._passwords)
        if found.problem:
            given = found.problem == pkcs12.ENCRYPTED and self._passwords
            yield (line, None, *_CONTAINER[_OTHER_PASSWORD if given else found.problem])
        elif not found.certificates:
            yield line, None, NO_CERTIFICATE, "a PKCS#12 container without a certificate"
        for each in found.certificates:
            yield self._certificate(each, line)


def _parsed(content: bytes) -> Certificate | None:
    from ..certs.lenient import lenient
    from ..certs.read import parse

    parsed = parse(content)
    # one with an extension that cannot be read has an end all the same
    return parsed if isinstance(parsed, Certificate) else lenient(content, as_go=True)
