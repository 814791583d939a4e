"""What a source is called where that is kept."""

import pytest

from assay.data.intake.labels import LONGEST, kept_label

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "label",
    [
        "logs/2026-01-01.jsonl",
        "logs/day=2026-01-01/part-00000-550e8400-e29b-41d4-a716-446655440000-c000.snappy.parquet",
        "export_20260101T120000.csv.gz",
        "export_20260101120000.csv",
        "export-1767225600.csv",
        "export-1767225600123.csv",
        "logs/0af7651916cd43dd8448eb211c80319c.json",
        "dump 1234567.csv",
        "sqlite:///logs.db?table=calls",
        "postgresql://db.example.com:5432/logs?query=select * from calls where day > 20260101",
    ],
)
def test_usual_names_stay(label: str) -> None:
    assert kept_label(label, KEY) == label


@pytest.mark.parametrize(
    ("label", "secrets"),
    [
        ("logs/anna.plant@example.org.csv", ["anna", "example.org"]),
        ("logs/anna%40example.org/x.csv", ["anna"]),
        ("logs/call +49 170 1234567.csv", ["1234567"]),
        ("logs/4111111111111111.csv", ["4111111111111111"]),
        ("sqlite:///l.db?query=select * from t where name = 'Anna ''A'' Plant'", ["Anna", "Plant"]),
        ("sqlite:///l.db?query=select * from t where name = 'Anna Pl…", ["Anna"]),
        ("sqlite:///l.db?query=select $q$Anna$q$, 1 -- for Bert", ["Anna", "Bert"]),
        ("sqlite:///l.db?query=select /* Anna */ * from t where phone = 491701234567", ["Anna", "4917"]),
    ],
)  # fmt: skip
def test_what_points_at_a_person_goes(label: str, secrets: list[str]) -> None:
    kept = kept_label(label, KEY)
    assert not [secret for secret in secrets if secret in kept]
    assert kept[-8:-6] == " #"
    assert kept == kept_label(label, KEY)
    assert kept[-6:] != kept_label(f"{label} ", KEY)[-6:]
    assert kept[-6:] != kept_label(label, bytes(range(1, 33)))[-6:]


def test_a_label_is_never_too_long_for_the_audit_log() -> None:
    one, other = (kept_label("a/" * 2_000 + name, KEY) for name in ("b.csv", "c.csv"))
    assert one != other
    assert len(one) <= LONGEST + 8
