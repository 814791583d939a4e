from datetime import date

import polars as pl
import pytest

from assay.core.errors import AssayError
from assay.data.pricebook import read_prices
from assay.data.store import Store
from data.store.store_cases import bring

GOOD = """\
provider: openai
sources: {table: a table}
models:
  o3:
    aliases: [o3-2025-04-16, azure/o3]
    prices:
      - {from: 2025-06-10, input: 2, output: 8, source: table}
      - {from: 2025-04-16, input: 10, output: 40, source: by hand}
"""


def book(folder, text=GOOD, **others):
    for name, content in {"openai": text, **others}.items():
        (folder / f"{name}.yaml").write_text(content)
    return folder


def test_reads_a_folder(tmp_path):
    frame = read_prices(book(tmp_path))
    assert frame["valid_from"].to_list() == [date(2025, 4, 16), date(2025, 6, 10)]
    assert frame["source"].to_list() == ["by hand", "a table"]
    assert frame["aliases"][0].to_list() == ["o3-2025-04-16", "azure/o3"]


def test_a_table_holds_the_same(tmp_path):
    frame = read_prices(book(tmp_path))
    frame.write_parquet(tmp_path / "prices.parquet")
    assert read_prices(tmp_path / "prices.parquet").equals(frame)


RATES = "rates: {EUR: [{from: 2025-01-01, usd: 1.0, source: x}, {from: 2025-05-01, usd: 2.0, source: x}]}"


def test_another_currency_follows_its_rates(tmp_path):
    frame = read_prices(book(tmp_path, "currency: EUR\n" + GOOD, rates=RATES))
    assert frame["currency"].unique().to_list() == ["USD"]
    assert frame.select("valid_from", "input_per_mtok").rows() == [
        (date(2025, 4, 16), 10.0),
        (date(2025, 5, 1), 20.0),
        (date(2025, 6, 10), 4.0),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("input: 2,", "input: -2,", "openai.yaml:7: .*-2.*greater than or equal to 0"),
        ("input: 2,", "input: .nan,", "openai.yaml:7: .*nan.*finite"),
        ("input: 2,", "input: .inf,", "openai.yaml:7: .*finite"),
        ("input: 2,", "inptu: 2,", "openai.yaml:7: 'inptu' is not known\n.*'input'"),
        ("from: 2025-06-10", "from: 2025-04-16", "openai.yaml:8: .*second price from 2025-04-16"),
        ("from: 2025-06-10, ", "", "openai.yaml:7: .*from.*required"),
        ("from: 2025-06-10", "from: soon", "openai.yaml:7: .*soon.*date"),
        ("output: 40", "output: 40, to: 2025-06-10", "openai.yaml:7: .*two prices from 2025-06-10"),
        ("output: 40", "output: 40, to: 2025-06-01", "no price from 2025-06-02 to 2025-06-09"),
        ("output: 40", "output: 40, to: 2025-04-01", "openai.yaml:8: .*ends on 2025-04-01"),
        ("input: 2, output: 8,", "cache_read: 2,", "openai.yaml:7: .*has no price"),
        (", source: by hand", "", "openai.yaml:8: o3 has a line without source"),
        ("source: by hand", "source: x, currency: XYZ", "openai.yaml:8: .*XYZ, which has no rate"),
        ("source: by hand", "source: x, currency: euro", "openai.yaml:8: .*euro"),
        ("  o3:", "  o3: {prices: []}\n  o3:", "openai.yaml:5: 'o3' stands here twice"),
        ("provider: openai", "provider: openai\nnote: x", "openai.yaml:2: 'note' is not known"),
        ("provider: openai", "provider: [", "openai.yaml:.*not YAML"),
        ("provider: openai", "- provider", "openai.yaml:.*not YAML"),
        (
            "models:",
            "models: {}\nmodel:",
            "openai.yaml:4: 'model' is not known .and 1 more.\n.*'models'",
        ),
    ],
)
def test_says_where_a_line_is_wrong(tmp_path, old, new, said):
    assert old in GOOD
    with pytest.raises(AssayError, match=f"(?s){said}"):
        read_prices(book(tmp_path, GOOD.replace(old, new, 1)))


def test_an_alias_means_one_model(tmp_path):
    other = """
  o4:
    aliases: [azure/o3]
    prices: [{from: 2025-04-16, input: 1, output: 4, source: table}]
  o3-2025-04-16:
    prices: [{from: 2025-04-16, input: 1, output: 4, source: table}]
"""
    with pytest.raises(AssayError, match=r"azure/o3.*is also an alias of openai/o3") as caught:
        read_prices(book(tmp_path, GOOD + other.strip("\n") + "\n"))
    assert "alias 'o3-2025-04-16' of openai/o3 is the name of" in str(caught.value)


def test_a_folder_without_prices(tmp_path):
    with pytest.raises(AssayError, match="holds no YAML file"):
        read_prices(tmp_path)
    with pytest.raises(AssayError, match="there are no prices at"):
        read_prices(tmp_path / "none")


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file: .*dictionary"),
        ("a: 1\n---\nb: 2\n", "openai.yaml:.*not YAML"),
        (BOMB, r"openai.yaml:2: \*a is not taken"),
        ("[" * 50_000, "openai.yaml:1: nested deeper"),
        ("{a: " * 5_000, "openai.yaml:1: nested deeper"),
        ("a: !!python/object/apply:os.getcwd []", "openai.yaml:1: 'a' is not known"),
        ("a: !!python/name:os.getcwd", "openai.yaml:1: not YAML"),
        ("? [a, b]\n: 1", "openai.yaml:1: a key is no text"),
        (GOOD.replace("2025-06-10", "2025-13-45"), "openai.yaml:7: '2025-13-45' is no value: from"),
        (GOOD.replace("2025-06-10", "2025-06-10T12:00:00Z"), "openai.yaml:7: .*from.*date"),
        (GOOD.replace("output: 8", "output: yes"), "openai.yaml:7: .*output is True.*number"),
        (GOOD.replace("output: 8", "output: '8'"), "openai.yaml:7: .*output is '8'.*number"),
        (GOOD.replace("output: 8", "batch_factor: 50"), "openai.yaml:7: .*batch_factor is 50"),
        (GOOD.replace("  o3:", "  ' ':"), "openai.yaml:4: .*' '.*pattern"),
        (GOOD.replace("provider: openai", "provider: ''"), "openai.yaml:1: provider is ''"),
        ("\x00", "openai.yaml.*not YAML"),
        ("<<: {provider: x}\n", "openai.yaml:1: '<<' is not known"),
    ],
)
def test_hostile_files_are_refused_with_their_line(tmp_path, text, said):
    with pytest.raises(AssayError, match=said):
        read_prices(book(tmp_path, text))


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00p")
    with pytest.raises(AssayError, match=r"x\.yaml is not UTF-8 text"):
        read_prices(tmp_path)


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (RATES.replace("2025-01-01", "2025-04-17"), "whose first rate is from 2025-04-17"),
        (RATES.replace("2025-05-01", "2025-01-01"), "rates.yaml:1: EUR has two rates"),
        (RATES.replace("EUR", "USD"), "rates.yaml:1: USD is what rates are in"),
        (RATES.replace("usd: 1.0", "usd: 0"), "rates.yaml:1: .*greater than 0"),
        (
            RATES.replace("usd: 1.0", "usdd: 1"),
            "rates.yaml:1: 'usdd' is not known .and 1 more.\n.*'usd'",
        ),
        (RATES.replace("EUR", "GBP"), "EUR, which has no rate .known: GBP."),
    ],
)
def test_rates_have_their_rules(tmp_path, rates, said):
    with pytest.raises(AssayError, match=f"(?s){said}"):
        read_prices(book(tmp_path, "currency: EUR\n" + GOOD, rates=rates))


def test_a_table_of_prices_keeps_the_same_rules(tmp_path):
    frame = read_prices(book(tmp_path))
    file = tmp_path / "prices.parquet"
    frame.with_columns(input_per_mtok=-pl.col("input_per_mtok")).write_parquet(file)
    with pytest.raises(AssayError, match=r"prices\.parquet, row 1: .*input_per_mtok"):
        read_prices(file)
    frame.with_columns(valid_to=pl.lit(date(2025, 6, 20))).write_parquet(file)
    with pytest.raises(AssayError, match=r"row 2: .*two prices from 2025-06-10"):
        read_prices(file)
    frame.with_columns(currency=pl.lit("EUR")).write_parquet(file)
    with pytest.raises(AssayError, match=r"row 1: .*EUR, which has no rate"):
        read_prices(file)
    frame.drop("currency").write_parquet(file)
    with pytest.raises(AssayError, match="currency"):
        read_prices(file)
    frame.clear().write_parquet(file)
    with pytest.raises(AssayError, match="no rows"):
        read_prices(file)


def test_the_store_has_prices_too(tmp_path, monkeypatch):
    frame = read_prices(book(tmp_path))
    (tmp_path / "assay.toml").write_text("[project]\nname = 'Trial'\n")
    monkeypatch.chdir(tmp_path)
    bring(Store.create(tmp_path / "data/store"), "day-1", frame, table="prices")
    assert read_prices("store:prices").equals(frame)
