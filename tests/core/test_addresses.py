"""Addresses: a password in one is noticed, and never printed, however it is written."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.addresses import carries_password, scheme_of, without_credentials

SIGNS = st.text("XYZ0#%/?:@&=+ ;$\"'", min_size=1, max_size=12).map(lambda text: f"Q{text}Q")
HOSTS = st.sampled_from(["db", "db:5432", "[::1]:5432", "a:1,b:2", "10.0.0.1"])
OPTIONS = st.sampled_from(["", "?table=t", "?query=select+1&sslmode=require"])


@given(SIGNS, HOSTS, OPTIONS, st.booleans())
def test_a_password_is_noticed_and_not_shown(secret, host, options, escaped) -> None:
    written = quote(secret, safe="") if escaped else secret
    address = f"postgresql://me:{written}@{host}/logs{options}"
    assert carries_password(address)
    shown = without_credentials(address)
    assert "Q" not in shown
    assert shown.startswith(f"postgresql://{host}/logs")


@given(HOSTS, st.sampled_from(["", "me@", "me:${DB_PASSWORD}@", "${USER_}:${P}@"]), OPTIONS)
def test_without_a_password_only_the_user_is_left_out(host, user, options) -> None:
    address = f"postgresql://{user}{host}/logs{options}"
    assert not carries_password(address)
    assert without_credentials(address).startswith(f"postgresql://{host}/logs")
    assert "me@" not in without_credentials(address)


@pytest.mark.parametrize("name", ["password", "PASSWORD", "sslpassword", "token", "api_key"])
def test_a_secret_option_is_one_too(name: str) -> None:
    address = f"postgresql://db/logs?{name}=s3cret&table=t"
    assert carries_password(address)
    assert without_credentials(address) == "postgresql://db/logs?table=t"


@pytest.mark.parametrize(
    "text",
    ["data/x.csv", "a@b:c", "C:/x", "", "store:calls", "postgresql://db/l?query=where m='a@b.c'"],
)
def test_what_has_none_is_left(text: str) -> None:
    assert not carries_password(text)
    if not scheme_of(text):
        assert without_credentials(text) == text
