"""LiteLLM's price table into the book: what is taken, what is held back, and what is written."""

import json
from datetime import date

import pytest

from assay.core.errors import AssayError
from assay.data.pricebook.merging import merge_offers
from assay.data.pricebook.offers import named, read_offers
from assay.data.pricebook.read import lines_of, price_files, read_prices
from assay.data.pricebook.writing import with_lines

AS_OF = date(2026, 3, 1)
GIVEN, OUT = "input_cost_per_token", "output_cost_per_token"

BOOK = """\
# Prices of ours, and why.
provider: openai
sources: {page: the price page}
models:
  # the workhorse
  gpt-4o:
    aliases: [gpt-4o-2024-11-20]
    prices:
      - {from: 2024-10-02, input: 2.5, cache_read: 1.25, output: 10, batch_factor: 0.5,
         source: page}

  # the small one
  gpt-4o-mini:
    prices:
      - from: 2024-07-18
        input: 0.15
        output: 0.6
        source: page
  gone:
    prices:
      - {from: 2024-01-01, to: 2024-12-31, input: 1, output: 2, source: page}
# that is all
"""


def table(**models):
    row = {"litellm_provider": "openai", "mode": "chat"}
    return {name.replace("__", "/"): row | told for name, told in models.items()}


def per_token(*, given=2.5, out=10.0, **more):
    return {"input_cost_per_token": given / 1e6, "output_cost_per_token": out / 1e6, **more}


@pytest.fixture
def merged(tmp_path):
    """What comes of a table, and the book that is written."""
    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / "openai.yaml").write_text(BOOK)

    def merge(content, *, name="table.json", **options):
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        files = price_files(folder)
        lines = [line for one in files for line in lines_of(one)]
        offered = read_offers(file, as_of=AS_OF)
        found = merge_offers(lines, offered, as_of=AS_OF, source="table", **options)
        for path, text in with_lines(files, folder, found.lines).items():
            path.write_text(text)
        return found, folder

    return merge


def test_a_changed_price_is_a_new_line_and_all_else_stays(merged):
    models = {"gpt-4o": per_token(given=2.0, out=8.0), "gpt-4o-mini": per_token(given=0.1, out=0.6)}
    found, folder = merged(table(**models))
    assert [change.new.model for change in found.changed] == ["gpt-4o", "gpt-4o-mini"]
    text = (folder / "openai.yaml").read_text()
    new = [row for row in text.splitlines() if row not in BOOK.splitlines()]
    assert [row.strip() for row in new] == [
        '- {from: 2026-03-01, input: 2, output: 8, batch_factor: 0.5, source: "table"}',
        '- {from: 2026-03-01, input: 0.1, output: 0.6, source: "table"}',
    ]
    assert [row for row in text.splitlines() if row not in new] == BOOK.splitlines()
    prices = read_prices(folder).filter(model="gpt-4o")
    assert prices.select("valid_from", "input_per_mtok", "cache_read_per_mtok").rows() == [
        (date(2024, 10, 2), 2.5, 1.25),
        (AS_OF, 2.0, None),
    ]


def test_ends_of_lines_stay_as_they_are(tmp_path):
    file = tmp_path / "openai.yaml"
    file.write_bytes(BOOK.replace("\n", "\r\n").encode())
    models = table(**{"gpt-4o": per_token(given=2.0)})
    (tmp_path / "t.json").write_text(json.dumps(models))
    offered = read_offers(tmp_path / "t.json", as_of=AS_OF)
    found = merge_offers(lines_of(file), offered, as_of=AS_OF, source="table")
    text = with_lines([file], file.parent, found.lines)[file]
    assert text.count("\n") == text.count("\r\n") == BOOK.count("\n") + 1


def test_what_the_table_says_again_or_leaves_open_is_no_change(merged):
    again = {"gpt-4o": per_token(), "gpt-4o-mini": {"input_cost_per_token": "1.5e-07"}}
    found, folder = merged(table(**again))
    assert (found.changed, found.added, found.unchanged) == ((), (), 2)
    assert (folder / "openai.yaml").read_text() == BOOK


def test_importing_twice_changes_nothing_more(merged):
    models = table(**{"gpt-4o": per_token(given=2.0), "gpt-6": per_token()})
    merged(models)
    found, _ = merged(models)
    assert (found.changed, found.added, found.unchanged) == ((), (), 2)
    other, _ = merged(table(**{"gpt-4o": per_token(given=1.9)}))
    assert [one.reason for one in other.held] == ["the book has another price from 2026-03-01 on"]


def test_an_hours_cache_is_taken_where_it_is_not_the_files_rule(merged):
    cached = {
        "cache_creation_input_token_cost": 3.75e-6,
        "cache_creation_input_token_cost_above_1hr": 6e-6,
    }
    found, folder = merged(table(new=per_token(given=3.0, out=15.0, **cached)))
    assert [change.new.cache_write_1h for change in found.added] == [6.0]
    assert "cache_write_1h: 6," in (folder / "openai.yaml").read_text()
    file = folder / "openai.yaml"
    ruled = BOOK.replace("models:", "cache_write_1h_of_input: 2\nmodels:")
    line = "- {from: 2026-01-01, input: 3, cache_write: 3.75, output: 15, source: page}"
    file.write_text(ruled.replace("# that is all", f"  kept:\n    prices:\n      {line}"))
    prices = read_prices(folder).filter(model="kept")
    assert prices["cache_write_1h_per_mtok"].to_list() == [6.0]
    again, _ = merged(table(kept=per_token(given=3.0, out=15.0, **cached)))
    assert (again.changed, again.unchanged) == ((), 1)


def test_new_models_come_last_and_new_providers_have_a_file(merged):
    models = table(**{"gpt-6": per_token(), "ft:gpt-4o": per_token(), "us__gpt-6": per_token()})
    other = {"acme/../Big model": {"litellm_provider": "acme", **per_token()}}
    other["acme/fine"] = {"litellm_provider": "acme", **per_token(given=1.0)}
    found, folder = merged(models | other, providers=["openai", "acme"])
    assert [change.new.model for change in found.added] == ["gpt-6", "ft:gpt-4o", "fine"]
    assert found.skipped == {"name of a variant": 2}
    assert sorted(path.name for path in folder.iterdir()) == ["acme.yaml", "openai.yaml"]
    text = (folder / "openai.yaml").read_text()
    assert text.startswith(BOOK.rstrip("\n").removesuffix("# that is all"))
    assert text.endswith("# that is all\n")
    assert read_prices(folder).filter(model="fine")["provider"].to_list() == ["acme"]


def test_a_provider_named_like_a_path_stays_in_the_folder(merged):
    evil = {"x": {"litellm_provider": "../../etc/Rates", **per_token()}}
    evil["y"] = {"litellm_provider": "rates", **per_token()}
    _, folder = merged(evil, providers=["../../etc/Rates", "rates"])
    assert sorted(path.name for path in folder.iterdir()) == [
        "etc_rates.yaml",
        "openai.yaml",
        "rates_.yaml",
    ]


def test_tiers_and_batches(merged):
    told = per_token(
        input_cost_per_token_batches=1.25e-6,
        output_cost_per_token_batches=5e-6,
        input_cost_per_token_flex=1.25e-6,
        output_cost_per_token_flex=5e-6,
        input_cost_per_token_above_200k_tokens=5e-6,
        output_cost_per_token_above_200k_tokens=15e-6,
    )
    found, _ = merged(table(**{"gpt-6": told}))
    assert [(one.new.tier, one.new.input, one.new.batch_factor) for one in found.added] == [
        ("standard", 2.5, 0.5),
        ("flex", 1.25, None),
        ("above-200k", 5.0, None),
    ]


def test_only_known_models(merged):
    found, _ = merged(table(**{"gpt-6": per_token()}), new_models=False)
    assert (found.added, found.skipped) == ((), {"new model not asked for": 1})


@pytest.mark.parametrize(
    ("model", "told", "reason"),
    [
        ("gpt-4o", per_token(given=2500.0), "input goes from 2.5 to 2500 USD"),
        ("gpt-4o", per_token(given=0.2), "input goes from 2.5 to 0.2 USD"),
        ("gpt-6", per_token(given=2_000_000.0), "input is 2e+06 USD"),
        ("gpt-6", per_token(given=0.0, out=0.0), "all prices are 0"),
        ("gpt-6", per_token(given=-1.0), "input_cost_per_token is -1e-06, expected 0 or more"),
        ("gpt-6", per_token(**{GIVEN: "cheap"}), "'cheap', expected a number"),
        ("gpt-6", per_token(**{OUT: "nan"}), "is nan, expected 0 or more"),
        ("gpt-6", per_token(**{OUT: True}), "'True', expected a number"),
        ("gpt-6", per_token(**{GIVEN: [1]}), "expected a number"),
        ("gpt-6", per_token(input_cost_per_token_flex=1e-6), "tier flex has no price of output"),
        ("gone", per_token(), "its price ended on 2024-12-31, see openai.yaml:21"),
    ],
)
def test_prices_that_cannot_be_meant_are_held_back(merged, model, told, reason):
    found, folder = merged(table(fine=per_token(), **{model: told}))
    assert [change.new.model for change in found.added] == ["fine"]
    assert len(found.held) == 1
    assert reason in found.held[0].reason
    assert read_prices(folder).filter(model=model).height == lines_in_book(model)


def lines_in_book(model):
    return {"gpt-4o": 1, "gone": 1}.get(model, 0)


def test_large_changes_are_taken_when_asked_for(merged):
    found, _ = merged(table(**{"gpt-4o": per_token(given=0.2)}), anyway=True)
    assert [change.new.input for change in found.changed] == [0.2]


def test_an_alias_at_another_price_is_told(merged):
    models = {"gpt-4o-2024-11-20": per_token(given=9.0), "gpt-4o": per_token()}
    found, _ = merged(table(**models))
    assert found.unchanged == 1
    assert [one.name for one in found.held] == ["gpt-4o-2024-11-20"]
    assert "alias of gpt-4o at another price" in found.held[0].reason


HISTORY = """\
model,provider,seen_from,input_cost_per_token,output_cost_per_token
gpt-4o,openai,2026-02-01,2e-06,8e-06
gpt-4o,openai,2026-02-20,1e-06,4e-06
gpt-4o,openai,2026-03-02,5e-07,2e-06
"""


def test_a_history_counts_as_it_was_on_the_day(merged):
    found, _ = merged(HISTORY, name="history.csv")
    assert [(change.new.input, change.new.output) for change in found.changed] == [(1.0, 4.0)]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("{", "t.json", "t.json is not JSON"),
        ("[1, 2]", "t.json", "no table of models"),
        ("{}", "t.json", "holds no prices"),
        ('{"a": 1, "b": {"mode": "chat"}}', "t.json", "holds no prices"),
        ('{"a": {"input_cost_per_token": NaN}}', "t.json", "is not JSON"),
        ("model,price\na,1\n", "t.csv", "no column 'input_cost_per_token'"),
        ("", "t.csv", "no column 'model'"),
        (HISTORY.replace("2026-02-01", "soon"), "t.csv", "seen_from 'soon', expected a day"),
    ],
)
def test_what_is_no_price_table_is_refused(merged, content, name, said):
    with pytest.raises(AssayError, match=said):
        merged(content, name=name)


def test_a_file_that_cannot_be_edited_is_left_alone(tmp_path):
    flow = (
        "provider: openai\nmodels: {gpt-4o: {prices: [{from: 2024-01-01, input: 1, source: x}]}}\n"
    )
    file = tmp_path / "openai.yaml"
    file.write_text(flow)
    (tmp_path / "t.json").write_text(json.dumps(table(**{"gpt-4o": per_token()})))
    offered = read_offers(tmp_path / "t.json", as_of=AS_OF)
    found = merge_offers(lines_of(file), offered, as_of=AS_OF, source="x")
    with pytest.raises(AssayError, match=r"openai\.yaml cannot be edited without loss"):
        with_lines([file], tmp_path, found.lines)


def test_names_are_those_of_the_book():
    assert named("gemini/gemini-2.5-pro", "gemini") == ("gemini", "gemini-2.5-pro")
    assert named("command-r", "cohere_chat") == ("cohere", "command-r")
    fireworks = "fireworks_ai/accounts/fireworks/models/deepseek-v3"
    assert named(fireworks, "fireworks_ai") == ("fireworks_ai", "deepseek-v3")
    assert named("groq/openai/gpt-oss-20b", "groq") == ("groq", "openai/gpt-oss-20b")
