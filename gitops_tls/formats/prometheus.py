"""The inventory in Prometheus' text format, with the metric and label names of x509-certificate-exporter.

Names and meaning: its documentation of the metrics (version 4), and ``x509_read_errors`` of version 3. Unlike there, the file
is told also for what stands in a Secret, since here everything stands in files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import basename

from ..inventory import names
from ..inventory.model import EXPIRED, Entry, Holder, Inventory, Place
from . import View

Labels = tuple[tuple[str, str], ...]

_FIELDS = ("C", "ST", "L", "O", "OU", "CN")
_CA_BUNDLES = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService", "CustomResourceDefinition")


def certs(inventory: Inventory, view: View) -> str:
    """Gauges for each certificate; an error series for each that is missing or cannot be read; the count of errors."""
    del view
    now = inventory.now.timestamp()
    series = list(_distinct(inventory))
    metrics: tuple[tuple[str, str, Callable[[Entry], float]], ...] = (
        ("x509_cert_not_before", "Unix timestamp of the start of validity", lambda entry: _time(entry.certificate.not_before)),
        ("x509_cert_not_after", "Unix timestamp of the end of validity", lambda entry: _time(entry.certificate.not_after)),
        ("x509_cert_expired", "Whether the certificate has ended: 1 or 0", lambda entry: entry.state == EXPIRED),
        ("x509_cert_expires_in_seconds", "Seconds until the end of validity", lambda e: _time(e.certificate.not_after) - now),
        ("x509_cert_valid_since_seconds", "Seconds since the start of validity", lambda e: now - _time(e.certificate.not_before)),
    )
    lines: list[str] = []
    for name, help_text, value in metrics:
        lines += _head(name, help_text)
        lines += [_sample(name, labels, value(entry)) for labels, entry in series]
    lines += _head("x509_cert_error", "Whether the certificate could not be read: 1 or 0")
    good = {labels for labels, _ in series}
    errors = dict.fromkeys(_unread_labels(each.place) for each in inventory.unread)
    lines += [_sample("x509_cert_error", labels, 0) for labels, _ in series]
    lines += [_sample("x509_cert_error", labels, 1) for labels in errors if labels not in good]
    lines += _head("x509_read_errors", "Number of certificates and files that could not be read")
    lines.append(_sample("x509_read_errors", (), len(inventory.unread)))
    return "".join(line + "\n" for line in lines)


def _time(moment: object) -> int:
    stamp = getattr(moment, "timestamp", None)
    assert stamp is not None
    return int(stamp())


def _distinct(inventory: Inventory) -> Iterator[tuple[Labels, Entry]]:
    """Each certificate with labels of its own: where two have the same, ``discriminator`` tells them apart."""
    grouped: dict[Labels, dict[str, Entry]] = {}
    for entry in inventory.entries:
        grouped.setdefault(_labels(entry), {}).setdefault(entry.certificate.sha256, entry)
    for labels, entries in grouped.items():
        for fingerprint, entry in entries.items():
            yield (labels if len(entries) == 1 else (*labels[:-1], ("discriminator", fingerprint[:16]))), entry


def _labels(entry: Entry) -> Labels:
    certificate = entry.certificate
    own = [("serial_number", str(int(certificate.serial, 16)))]
    for prefix, name in (("subject", certificate.subject), ("issuer", certificate.issuer)):
        own += [(f"{prefix}_{field}", names.part(name, field)) for field in _FIELDS]
    return (*own, *_place(entry.place), ("discriminator", ""))


def _unread_labels(place: Place) -> Labels:
    empty = tuple((f"{prefix}_{field}", "") for prefix in ("subject", "issuer") for field in _FIELDS)
    return (("serial_number", ""), *empty, *_place(place), ("discriminator", ""))


def _place(place: Place) -> Labels:
    holder = place.holder or Holder("", "", "", "")
    secret = holder if holder.kind in ("Secret", "SealedSecret") else None
    config_map = holder if holder.kind == "ConfigMap" else None
    bundle = holder if holder.kind in _CA_BUNDLES else None
    embedded = _embedded(place.pointer) if holder.kind == "Config" else ""
    return (
        ("filename", basename(place.path)),
        ("filepath", place.path),
        ("embedded_kind", embedded),
        ("embedded_key", holder.key if embedded else ""),
        ("secret_namespace", secret.namespace if secret else ""),
        ("secret_name", secret.name if secret else ""),
        ("secret_key", secret.key if secret else ""),
        ("configmap_namespace", config_map.namespace if config_map else ""),
        ("configmap_name", config_map.name if config_map else ""),
        ("configmap_key", config_map.key if config_map else ""),
        ("cabundle_resource_kind", bundle.kind if bundle else ""),
        ("cabundle_resource_name", bundle.name if bundle else ""),
        ("cabundle_entry", bundle.key if bundle else ""),
    )


def _embedded(pointer: str) -> str:
    """Which part of a kubeconfig a value stands in, also where the kubeconfig is the value of a ConfigMap."""
    parts = pointer.split("/")
    return next((word for key, word in (("clusters", "cluster"), ("users", "user")) if key in parts), "")


def _head(name: str, help_text: str) -> list[str]:
    return [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]


def _sample(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value))


def _escaped(text: str) -> str:
    """A label's value. What is no UTF-8 in a file name is shown as Python writes it."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
