import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.privacy.redact import SUSPECT, patterns, redact, redacted
from privacy.personal_values import bearer, cards, e_mails, ibans, keys, phones, url_secrets

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäßçéαжд中 ,.!?()'\n", max_size=30)
ORDINARY = st.one_of(
    st.text("abcdefghijklmnopqrstuvwxyzäßçéαжд中", max_size=11),
    st.integers(0, 99_999_999).map(str),
    st.floats(0, 999).map(lambda x: f"{x:.6f}"),
    st.dates().filter(lambda d: d.year > 999).map(str),
    st.datetimes().filter(lambda d: d.year > 999).map(lambda d: d.isoformat(" ", "seconds")),
    st.times().map(lambda t: t.isoformat("seconds")),
    st.sampled_from(
        [
            ".",
            ",",
            "(",
            ")",
            "%",
            "€",
            "§",
            "/",
            "=",
            "gpt-4o",
            "v1.2.3",
            "1,234,567",
            "https://example.com/a/b?c=1",
            "C++",
            "don't",
            "10:30",
            "550e8400-e29b-41d4-a716-446655440000",
            "claude-3-5-sonnet-20241022",
            "model@20240229",
        ]
    ),
)


@given(before=WORDS, value=st.one_of(e_mails, phones, cards, keys, ibans), after=WORDS)
def test_no_personal_value_survives_in_a_text(before: str, value: str, after: str) -> None:
    text = f"{before} {value} {after}"
    new = redacted(text)
    assert value not in new
    assert "[" in new
    assert patterns(text)
    longest = max(re.findall(r"\d+", value), key=len, default="")
    assert len(longest) < 7 or longest not in new
    assert redact(pl.Series([text, None])).to_list() == [new, None]


@given(
    before=st.text("abcdXYZ,;:.!?'\"<>|", max_size=5),
    value=st.one_of(e_mails, cards, phones),
    after=st.text("abcdXYZ,;:!?'\"<>|", max_size=5),
)
def test_no_address_or_number_survives_without_blanks_around(
    before: str, value: str, after: str
) -> None:
    assert value not in redacted(f"{before}{value}{after}")


@given(value=e_mails)
def test_nothing_of_an_address_is_left(value: str) -> None:
    new = redacted(f"from {value} to")
    assert new == "from [e-mail] to"


@given(head=st.sampled_from(["https://", "postgresql://", "redis://"]), secret=url_secrets)
def test_credentials_in_an_address_of_the_web_do_not_survive(head: str, secret: str) -> None:
    new = redacted(f"GET {head}{secret}@db.example.com:5432/x failed")
    assert new.startswith(f"GET {head}[secret]@")
    assert secret.split(":")[1] not in new.replace("[secret]", "")


@given(value=bearer)
def test_bearer_tokens_do_not_survive(value: str) -> None:
    assert value.split()[1] not in redacted(f"authorization {value} sent")


@given(
    body=st.text("ABCDEFabcdef0123456789+/\n", min_size=50, max_size=200),
    kind=st.sampled_from(["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "]),
    cut=st.booleans(),
)
def test_private_keys_do_not_survive(body: str, kind: str, *, cut: bool) -> None:
    end = "" if cut else f"\n-----END {kind}PRIVATE KEY-----"
    assert redacted(f"key: -----BEGIN {kind}PRIVATE KEY-----\n{body}{end}") == "key: [key]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter2 given", "password=[secret] given"),
        ('{"api_key": "abcd", "a": 1}', '{"api_key": "[secret]", "a": 1}'),
        ("DB_PASSWORD: tiger;", "DB_PASSWORD: [secret];"),
        ("from 192.168.0.17 at", "from [IP] at"),
        ("from 2001:db8::8a2e:370:7334 at", "from [IP] at"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("no card 4111111111111112", "no card [number]"),
        ("card 5 4111 1111 1111 1111", "card [number]"),
        ("call +49 170 1234567", "call [phone]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [IBAN]."),
        ("sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "sha [key]"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[key]"),
        ("name (at) example (dot) com", "[e-mail]"),
        ("", ""),
    ],
)
def test_each_kind_has_its_placeholder(text: str, expected: str) -> None:
    assert redacted(text) == expected


@given(words=st.lists(ORDINARY, max_size=8))
def test_ordinary_text_is_left_as_it_is(words: list[str]) -> None:
    text = " and ".join(words)
    assert redacted(text) == text


@given(
    text=st.one_of(
        st.text(max_size=80),
        st.text("0123456789 -.:/@abkeysecret+=()[]", max_size=60),
        e_mails,
        keys,
    )
)
def test_redaction_twice_is_redaction_once(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@given(
    text=st.one_of(
        st.text(max_size=80),
        st.text("0123456789 -.:/@abkeyBEARERsecret+=()[]", max_size=60),
        e_mails,
        keys,
        phones,
        cards,
        ibans,
        bearer,
    )
)
def test_what_is_not_suspect_holds_nothing(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    if not pl.Series([text]).str.contains(SUSPECT)[0]:
        assert redacted(text) == text


def test_versions_keep_their_digits_and_hashes() -> None:
    for version in ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "1.2.3.4", "20241022101112"):
        assert redacted(version, version=True) == version
    assert redacted("anna@example.com", version=True) == "[e-mail]"
    assert redacted("sk-abcdefghijklmnop1234", version=True) == "[key]"


def test_a_column_without_anything_suspect_is_handed_back() -> None:
    column = pl.Series("comment", ["good", None, "fine"])
    assert redact(column) is column


@pytest.mark.parametrize("text", ["anna%40example.com", "to=anna%2540example.com", "a%252540b.org"])
def test_addresses_are_found_however_often_they_were_escaped(text: str) -> None:
    assert "[e-mail]" in redact(pl.Series([text]))[0]
