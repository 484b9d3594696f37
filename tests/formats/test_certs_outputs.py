"""The inventory in every format, read back by real parsers, whatever the certificates and files are called."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_tls.certs.facts import Certificate
from gitops_tls.formats import View, load
from gitops_tls.formats._certs import users
from gitops_tls.formats._printable import columns
from gitops_tls.inventory.model import (
    EXPIRED,
    MALFORMED,
    MISSING,
    Entry,
    Holder,
    Inventory,
    Note,
    Place,
    Unread,
    UsedBy,
    Within,
    state_of,
)

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
FORMATS = ("text", "json", "csv", "markdown", "prometheus", "ics")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=25)


def certificate(
    subject: str = "CN=localhost", dns: tuple[str, ...] = ("localhost",), number: int = 1, days: int = 10, **more
) -> Certificate:
    return Certificate(
        subject=subject, issuer="CN=Milvus CA", common_name=None, dns_names=dns, ip_addresses=(), is_ca=False, key="RSA 2048",
        serial=f"{number:02X}", sha256=f"{number:064x}", spki_sha256="0" * 64, not_before=NOW - timedelta(days=90),
        not_after=NOW + timedelta(days=days), extended_key_usage=None, signature_algorithm="SHA256-RSA", der=b"", line=1,
    )._replace(**more)  # fmt: skip


def entry(
    made: Certificate | None = None, path: str = "tls/server.pem", line: int = 1, used=(), pointer: str = "", holder=None
) -> Entry:
    made = made or certificate()
    return Entry(
        made, Place(path, line, pointer, holder), tuple(used), state_of(made, NOW, Within()), (made.not_after - NOW).days
    )


def inventory(*entries: Entry, unread=(), notes=()) -> Inventory:
    return Inventory(sorted(entries, key=lambda each: each.certificate.not_after), list(unread), list(notes), NOW, 3)


def shown(name: str, taken: Inventory, view: View = View()) -> str:  # noqa: B008
    return load(name).certs(taken, view)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    made = []
    known: list[Certificate] = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        own = certificate(draw(TEXT), tuple(draw(st.lists(TEXT, max_size=3))), number, draw(st.integers(-50, 5000)))
        own = own._replace(issuer=draw(TEXT), is_ca=draw(st.booleans()), common_name=draw(st.none() | TEXT))
        known.append(own)
        own = draw(st.sampled_from(known))
        used = [
            UsedBy(draw(TEXT), draw(st.sampled_from(["server", "CA"])), draw(TEXT), 3) for _ in range(draw(st.integers(0, 2)))
        ]
        holder = draw(
            st.none() | st.builds(Holder, st.sampled_from(["Secret", "ConfigMap", "Config", "APIService"]), TEXT, TEXT, TEXT)
        )
        made.append(entry(own, draw(TEXT), draw(st.integers(1, 99)), used, draw(TEXT), holder))
    unread = [Unread(Place(draw(TEXT), 1), MALFORMED, draw(TEXT)) for _ in range(draw(st.integers(0, 2)))]
    return inventory(*made, unread=unread, notes=[Note(Place(draw(TEXT), 1), draw(TEXT))])


@settings(max_examples=60, deadline=None)
@given(inventories())
def test_csv_reads_back(taken):
    text = shown("csv", taken)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(taken.entries)
    for row, each in zip(rows, taken.entries, strict=True):
        assert row["path"].removeprefix("'") in (
            each.place.path.replace("\0", "\ufffd"),
            each.place.path.replace("\0", "\ufffd")[1:],
        )
        assert (int(row["line"]), int(row["days_left"]), row["state"]) == (each.place.line, each.days_left, each.state)
        for key, cell in row.items():
            assert key == "days_left" or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert all(line.endswith("\r\n") for line in re.findall(r"[^\n]*\n", text) if not text.count('"'))


def test_csv_cells_are_no_formulas():
    taken = inventory(entry(certificate("=HYPERLINK(1)", ("@x",)), path="-1+1.pem", used=[UsedBy("+x", "server", "a.yml", 1)]))
    lines = shown("csv", taken).split("\r\n")
    assert lines[0].startswith("path,line,pointer,subject,")
    assert lines[1].startswith("'-1+1.pem,1,,'=HYPERLINK(1),CN=Milvus CA,'@x,")
    assert lines[1].endswith(",ok,'+x (server)") or lines[1].endswith(",expiring,'+x (server)")
    assert shown("csv", taken, View(quiet=True)).split("\r\n")[0] == lines[1]
    assert ",-5,expired," in shown("csv", inventory(entry(certificate(days=-5))))


@settings(max_examples=60, deadline=None)
@given(inventories())
def test_prometheus_reads_back(taken):
    parser = pytest.importorskip("prometheus_client.parser")
    families = {family.name: family for family in parser.text_string_to_metric_families(shown("prometheus", taken))}
    assert set(families) == {
        "x509_cert_not_before", "x509_cert_not_after", "x509_cert_expired", "x509_cert_expires_in_seconds",
        "x509_cert_valid_since_seconds", "x509_cert_error", "x509_read_errors",
    }  # fmt: skip
    for family in families.values():
        assert family.type == "gauge"
        assert family.documentation
        labels = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert len(set(labels)) == len(labels)
    different = {(each.certificate.sha256, *each.place._replace(line=0, pointer="")) for each in taken.entries}
    ends = families["x509_cert_not_after"].samples
    assert len(ends) >= len({fingerprint for fingerprint, *_ in different})
    assert {sample.value for sample in ends} == {each.certificate.not_after.timestamp() for each in taken.entries}
    paths = {sample.labels["filepath"] for sample in ends}
    assert paths == {each.place.path for each in taken.entries}
    assert families["x509_read_errors"].samples[0].value == len(taken.unread)


def test_prometheus_labels():
    parser = pytest.importorskip("prometheus_client.parser")
    own = certificate("CN=a\\,b,OU=x+OU=y,O=z,L=Berlin,ST=BE,C=DE", number=255)
    holder = Holder("Secret", "milvus", "certs", "tls.crt")
    map_holder = Holder("ConfigMap", "", "trust", "ca.crt")
    taken = inventory(
        entry(own, "prod/secret.yaml", 8, pointer="/data/tls.crt", holder=holder),
        entry(certificate(days=-1), "prod/map.yaml", holder=map_holder),
        unread=[Unread(Place("prod/gone.pem", 1), MISSING), Unread(Place("prod/locked.p12", 1), "encrypted")],
    )
    families = {family.name: family for family in parser.text_string_to_metric_families(shown("prometheus", taken))}
    [first, second] = sorted(families["x509_cert_not_after"].samples, key=lambda sample: sample.labels["filepath"], reverse=True)
    filled = {key: value for key, value in first.labels.items() if value}
    assert filled == {
        "serial_number": "255", "subject_C": "DE", "subject_ST": "BE", "subject_L": "Berlin", "subject_O": "z", "subject_OU": "y,x",
        "subject_CN": "a,b", "issuer_CN": "Milvus CA", "filename": "secret.yaml", "filepath": "prod/secret.yaml",
        "secret_namespace": "milvus", "secret_name": "certs", "secret_key": "tls.crt",
    }  # fmt: skip
    assert (second.labels["configmap_name"], second.labels["configmap_key"], second.labels["secret_name"]) == (
        "trust",
        "ca.crt",
        "",
    )
    assert {sample.labels["filepath"]: sample.value for sample in families["x509_cert_expired"].samples} == {
        "prod/secret.yaml": 0,
        "prod/map.yaml": 1,
    }
    assert {sample.labels["filepath"]: sample.value for sample in families["x509_cert_error"].samples} == {
        "prod/secret.yaml": 0,
        "prod/map.yaml": 0,
        "prod/gone.pem": 1,
        "prod/locked.p12": 1,
    }
    assert families["x509_cert_expires_in_seconds"].samples[0].value == -86_400


def test_prometheus_tells_certificates_with_the_same_labels_apart():
    parser = pytest.importorskip("prometheus_client.parser")
    one, other = certificate(number=7), certificate(number=7, days=20, sha256="f" * 64)
    text = shown("prometheus", inventory(entry(one, line=1), entry(other, line=30), entry(other, line=60)))
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert sorted(sample.labels["discriminator"] for sample in families["x509_cert_not_after"].samples) == [
        "0" * 15 + "0",
        "f" * 16,
    ]


@settings(max_examples=60, deadline=None)
@given(inventories())
def test_the_calendar_loads(taken):
    icalendar = pytest.importorskip("icalendar")
    text = shown("ics", taken)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    calendar = icalendar.Calendar.from_ical(text)
    events = list(calendar.walk("VEVENT"))
    assert {str(event["UID"]).partition("@")[0] for event in events} == {each.certificate.sha256 for each in taken.entries}
    assert len(events) == len({each.certificate.sha256 for each in taken.entries})
    for event in events:
        assert not event.errors
        assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [timedelta(days=-days) for days in (30, 7, 1)]


def test_an_event_of_the_calendar():
    icalendar = pytest.importorskip("icalendar")
    own = certificate(dns=("例え.example.com", "a" * 70), days=12)
    use = UsedBy("standalone", "server", "prod/docker-compose.yml", 2)
    text = shown("ics", inventory(entry(own, "a.pem", 1, [use]), entry(own, "b.yaml", 4)))
    [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event["DTSTART"].dt == own.not_after
    assert str(event["SUMMARY"]) == "certificate ends: 例え.example.com, " + "a" * 70
    assert "a.pem:1, used by prod/standalone (server)\nb.yaml:4" in str(event["DESCRIPTION"])
    again = shown("ics", inventory(entry(own))._replace(now=NOW + timedelta(days=1)))
    assert re.findall("UID:.*", again) == re.findall("UID:.*", text)


@settings(max_examples=60, deadline=None)
@given(inventories())
def test_markdown_stays_a_table(taken):
    text = shown("markdown", taken)
    table = [line for line in text.split("\n") if line.startswith("| ")]
    assert len(table) == (len(taken.entries) + 2 if taken.entries else 0)
    for line in table:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 8
    assert len(text.split("\n")) == len(text.splitlines()) + 1


def test_markdown_shows_names_as_they_are():
    taken = inventory(entry(certificate(dns=("*.example.com", "a|b", "<b>", "_x_")), path="a_b.pem"))
    assert r"| \*.example.com, a\|b, \<b\>, \_x\_ | Milvus CA |  | a\_b.pem:1 |" in shown("markdown", taken)


@settings(max_examples=60, deadline=None)
@given(inventories())
def test_json_fits_the_contract(taken):
    import jsonschema

    document = json.loads(shown("json", taken))
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "certs-output.schema.json").read_text())
    jsonschema.validate(document, schema)
    properties = schema["properties"]["certificates"]["items"]["properties"]
    assert all(list(each) == list(properties) for each in document["certificates"])
    assert [each["sha256"] for each in document["certificates"]] == [each.certificate.sha256 for each in taken.entries]


@settings(max_examples=60, deadline=None)
@given(inventories())
def test_the_table_is_aligned(taken):
    lines = shown("text", taken).split("\n")
    if taken.entries:
        head = lines[0]
        where = columns(head[: head.index("where")])
        for line, each in zip(lines[1:], taken.entries, strict=False):
            assert line.endswith(f":{each.place.line}")
            cut = 0
            while columns(line[:cut]) < where:
                cut += 1
            assert line[:cut].endswith("  ")
    assert all("\x1b" not in line for line in lines)


def test_the_table():
    use = UsedBy("milvus", "server", "prod/docker-compose.yml", 2)
    ca = certificate("CN=Milvus CA,O=x", (), 3, 3649, is_ca=True, issuer="CN=Milvus CA,O=x", not_before=NOW)
    both = [UsedBy("milvus", "CA", "prod/docker-compose.yml", 2), UsedBy("other", "CA", "x/docker-compose.yml", 2)]
    taken = inventory(
        entry(certificate(dns=("milvus.例え.com",), days=12), "prod/secret.yaml", 8, [use]),
        entry(ca, "prod/secret.yaml", 9, both),
        entry(certificate(days=-3, dns=("a", "b", "c", "d", "e"), number=9), "old.pem"),
        unread=[Unread(Place("x.p12", 1), "encrypted", "a PKCS#12 container with a password")],
        notes=[Note(Place("cm.yaml", 1), "cert-manager makes a.example.com into Secret n/s")],
    )
    assert shown("text", taken) == (
        " ends         days   state     name             issuer     used by               where\n"
        " 2026-11-19     -3   expired   a, b, c +2       Milvus CA  -                     old.pem:1\n"
        " 2026-12-04     12 ▏ expiring  milvus.例え.com  Milvus CA  prod/milvus (server)  prod/secret.yaml:8\n"
        " 2036-11-18  3,649 █ ok        Milvus CA        itself     2 deployments (CA)    prod/secret.yaml:9\n"
        "\n"
        "not read: x.p12:1: encrypted: a PKCS#12 container with a password\n"
        "\n"
        "note: cert-manager makes a.example.com into Secret n/s (cm.yaml:1)\n"
        "\n"
        "3 certificates in 2 files: 1 expired, 1 expiring, 1 ok; looked at 3 files. Not read: 1 (1 encrypted).\n"
    )
    colored = shown("text", taken, View(color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == shown("text", taken)
    assert "\x1b[31m" in colored
    assert shown("text", inventory()) == "No certificate found; looked at 3 files.\n"
    assert shown("text", inventory(), View(quiet=True)) == ""


def test_many_that_cannot_be_read_are_cut_unless_verbose():
    taken = inventory(unread=[Unread(Place(f"{number:02}.pem", 1), MALFORMED) for number in range(15)])
    assert "not read: 5 more: --verbose lists them\n" in shown("text", taken)
    assert shown("text", taken, View(verbose=True)).count("not read: ") == 15


def test_users_in_words():
    one, two = ("one", "a/x.yml", 1), ("two", "b/x.yml", 1)
    uses = [UsedBy(name, role, path, line) for name, path, line in (one, two) for role in ("CA", "client")]
    assert users(uses) == "2 deployments (CA, client)"
    assert users(uses[:1]) == "a/one (CA)"
    assert users([*uses[:2], uses[2]]) == "2 deployments (CA); a/one (client)"
    assert users([]) == ""


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_a_terminal_obeys_gets_out(name):
    path = "a\x1b[31m\u202e\n.pem"
    own = certificate("CN=x", ("x",))
    taken = inventory(
        entry(own, path, used=[UsedBy("y\x1b", "server", "z", 1)]), unread=[Unread(Place(path, 1), MALFORMED, "b\x1b")]
    )
    text = shown(name, taken)
    if name in ("text", "markdown", "ics", "json"):
        assert "\x1b" not in text


def test_states_have_no_other_words():
    assert {entry(certificate(days=days)).state for days in (-1, 1, 100)} == {EXPIRED, "expiring", "ok"}
