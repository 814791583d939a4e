"""Personal values as people and machines write them, drawn for tests."""

import base64
import string

from hypothesis import strategies as st

LETTERS = string.ascii_lowercase
ALNUM = string.ascii_letters + string.digits


def luhn_digit(digits: str) -> str:
    """The check digit by the rule as it is taught: double every second one from the right."""
    total = 0
    for place, digit in enumerate(digits[::-1]):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += sum(map(int, str(doubled)))
    return str(-total % 10)


def drawn(alphabet: str, low: int, high: int | None = None) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=low, max_size=high or low)


digits = string.digits
names = st.sampled_from(
    ["anna", "jürgen", "josé", "山田", "олег", "o'neil", "björk", "marie-luise", "x"]
)
domains = st.sampled_from(
    [
        "example.com",
        "mail.example.co.uk",
        "bücher.example",
        "пример.испытание",
        "x.io",
        "a-b.museum",
        "localhost",
    ]
)
e_mails = st.one_of(
    st.builds("{}.{}+{}@{}".format, names, names, drawn(ALNUM, 1, 6), domains),
    st.builds("{}{}@{}".format, names, drawn(digits, 0, 4), domains),
    st.builds("{}_{}%{}@{}".format, names, names, drawn(LETTERS, 1), domains),
    st.builds("{}@[{}.0.0.1]".format, names, st.integers(1, 255)),
    st.builds('"{} {}"@{}'.format, names, names, domains),
    st.builds("{}%40{}".format, names, domains),
    st.builds("{} [at] {}".format, names, domains),
)
phones = st.one_of(
    st.builds("+{}{}".format, st.integers(1, 998), drawn(digits, 8, 11)),
    st.builds("+{} {} {}".format, st.integers(1, 99), drawn("23456789", 3), drawn(digits, 6, 8)),
    st.builds(
        "+49 (0) {} {}-{}".format,
        drawn("123456789", 2, 4),
        drawn(digits, 4, 6),
        drawn(digits, 1, 2),
    ),
    st.builds(
        "00{} {} {}".format, st.integers(10, 99), drawn("123456789", 2, 3), drawn(digits, 5, 8)
    ),
    st.builds("({}) {}-{}".format, drawn("23456789", 3), drawn("23456789", 3), drawn(digits, 4)),
    st.builds("{}-{}-{}".format, drawn("23456789", 3), drawn("23456789", 3), drawn(digits, 4)),
    st.builds("{}.{}.{}".format, drawn("23456789", 3), drawn("23456789", 3), drawn(digits, 4)),
    st.builds("0{}/{}".format, drawn("123456789", 2, 4), drawn(digits, 5, 8)),
    st.builds("0{} {} {} {} {}".format, drawn("12345679", 1), *[drawn(digits, 2)] * 4),
    st.builds("07{} {}".format, drawn(digits, 3), drawn(digits, 6)),
    st.builds("0{}".format, drawn("123456789", 9, 11)),
)
cards = st.one_of(
    st.builds(
        lambda head, rest: (head + rest)[:15],
        st.sampled_from(["4", "51", "55", "6011", "2221"]),
        drawn(digits, 15),
    ),
    st.builds(lambda rest: "37" + rest, drawn(digits, 12)),
).map(lambda body: body + luhn_digit(body))
cards = st.one_of(
    cards,
    cards.map(lambda card: " ".join(card[i : i + 4] for i in range(0, len(card), 4))),
    cards.map(lambda card: "-".join(card[i : i + 4] for i in range(0, len(card), 4))),
)
url_secrets = st.builds("{}:{}".format, drawn(LETTERS, 2, 8), drawn(ALNUM + "!$%*", 3, 12))
jwts = st.builds(
    lambda name, end: (
        "eyJhbGciOiJIUzI1NiJ9."
        + base64.urlsafe_b64encode(f'{{"sub":"{name}"}}'.encode()).decode().rstrip("=")
        + "."
        + end
    ),
    names,
    drawn(ALNUM + "-_", 43),
)
keys = st.one_of(
    st.builds("sk-{}".format, drawn(ALNUM, 20, 48)),
    st.builds("sk-proj-{}".format, drawn(ALNUM + "_-", 40, 80)),
    st.builds("sk-ant-api03-{}AA".format, drawn(ALNUM + "_-", 40, 93)),
    st.builds(
        "sk-lf-{}-{}-{}".format,
        drawn("0123456789abcdef", 8),
        drawn("0123456789abcdef", 4),
        drawn("0123456789abcdef", 12),
    ),
    st.builds(
        "{}_{}".format, st.sampled_from(["ghp", "gho", "ghu", "ghs", "ghr"]), drawn(ALNUM, 36)
    ),
    st.builds("github_pat_{}_{}".format, drawn(ALNUM, 22), drawn(ALNUM, 59)),
    st.builds(
        "{}{}".format, st.sampled_from(["AKIA", "ASIA"]), drawn(string.ascii_uppercase + digits, 16)
    ),
    st.builds("AIza{}".format, drawn(ALNUM + "_-", 35)),
    st.builds(
        "xox{}-{}-{}".format, st.sampled_from("abpros"), drawn(digits, 10, 12), drawn(ALNUM, 10, 24)
    ),
    st.builds("hf_{}".format, drawn(string.ascii_letters, 34)),
    st.builds("{}_live_{}".format, st.sampled_from(["sk", "pk", "rk"]), drawn(ALNUM, 24)),
    jwts,
)
bearer = st.builds("Bearer {}".format, drawn(ALNUM + "._~+/", 20, 60))
ibans = st.sampled_from(
    [  # the registry's own examples
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NL91ABNA0417164300",
        "CH93 0076 2011 6238 5295 7",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
    ]
)
