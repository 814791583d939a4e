"""Settings: every value has a default and can be overridden; a mistake is told with its place."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ProjectError
from assay.core.places import lines_of
from assay.core.sections import TABLE_NAMES, Limits, TableName, days_of
from assay.core.settings import Settings, read_settings
from assay.schema.tables import TABLES


def settings_of(folder: Path, text: str, **environ: str):
    (folder / "assay.toml").write_text(text, encoding="utf-8")
    return read_settings(folder, environ)


def refused(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ProjectError) as caught:
        settings_of(folder, text, **environ)
    return str(caught.value)


def test_an_empty_file_has_all_defaults(tmp_path: Path) -> None:
    found = settings_of(tmp_path, "")
    assert (found.paths.store, found.paths.audit) == ("data/store", "data/audit.jsonl")
    assert (found.imports.max_rejected, found.imports.chunk_rows) == (0.05, 250_000)
    assert (found.privacy.k, found.privacy.context, found.privacy.ids) == (10, (), "auto")
    assert found.project.time_zone == "UTC"
    assert found.days_kept("interactions") is None


def test_retention_can_be_asked_for_only_of_tables_that_there_are() -> None:
    assert set(TABLE_NAMES) == set(get_args(TableName)) == set(TABLES)


def test_a_table_keeps_its_rows_as_long_as_it_or_the_default_says(tmp_path: Path) -> None:
    found = settings_of(tmp_path, '[retention]\ndefault = "2w"\nscores = "365d"\ncalls = ""')
    assert [found.days_kept(name) for name in ("scores", "posts", "calls")] == [365, 14, None]


@pytest.mark.parametrize("age", ["1", "d", "-1d", "0d", "1y", "1.5d", " 1d"])
def test_an_age_that_is_none_is_refused(age: str) -> None:
    with pytest.raises(ValueError, match="365d"):
        days_of(age)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("ASSAY_PRIVACY__K", "20", lambda s: s.privacy.k == 20),
        ("ASSAY_PRIVACY__CONTEXT", '["team"]', lambda s: s.privacy.context == ("team",)),
        ("ASSAY_PRIVACY__CONTEXT", "team, role,", lambda s: s.privacy.context == ("team", "role")),
        ("ASSAY_PRIVACY__CONTEXT", "", lambda s: s.privacy.context == ()),
        ("ASSAY_PROJECT__NAME", "2026", lambda s: s.project.name == "2026"),
        ("ASSAY_PROJECT__NAME", '"Mine"', lambda s: s.project.name == "Mine"),
        ("ASSAY_IMPORT__LATENCY_UNIT", "ms", lambda s: s.imports.latency_unit == "ms"),
        ("ASSAY_IMPORT__MAX_REJECTED", "0.2", lambda s: s.imports.max_rejected == 0.2),
        ("ASSAY_LIMITS__CELL", "5", lambda s: s.limits.cell == 5),
        ("ASSAY_RETENTION__SCORES", "30d", lambda s: s.days_kept("scores") == 30),
        ("ASSAY_RETENTION__DEFAULT", "4w", lambda s: s.days_kept("posts") == 28),
        ("ASSAY_PATHS__STORE", "/big/disk", lambda s: s.paths.store == "/big/disk"),
        ("ASSAY_SOURCES__OUR_LOGS__PATH", "x.csv", lambda s: s.sources["our-logs"].path == "x.csv"),
        ("ASSAY_PRIVACY_KEY", "secret", lambda s: s.privacy.k == 7),
        ("ASSAY_PROJECT", "/x", lambda s: s.privacy.k == 7),
        ("ASSAY_QUARTO", "/x", lambda s: s.privacy.k == 7),
    ],
)
def test_the_environment_has_the_last_word(tmp_path: Path, name: str, value: str, read) -> None:
    text = '[privacy]\nk = 7\ncontext = ["a"]\n[sources.our-logs]\npath = "logs/*.csv"'
    assert read(settings_of(tmp_path, text, **{name: value}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\n[privacy]\n\nk = 0", "assay.toml:4: privacy.k = 0, expected greater than or equal to 1"),
        ("[privacy]\nkk = 1", "assay.toml:2: unknown key 'privacy.kk'\n  → did you mean 'k'?"),
        ("[privcy]", "assay.toml:1: unknown key 'privcy'\n  → did you mean 'privacy'?"),
        ("[imports]", "assay.toml:1: unknown key 'imports'\n  → did you mean 'import'?"),
        ("[paths]\nmax_rejected = 1", "assay.toml:2: unknown key 'paths.max_rejected'\n  → 'max_rejected' belongs into [import]"),
        ("[import]\nmax_rejected = nan", "import.max_rejected = nan, expected"),
        ("[import]\nchunk_rows = true", "import.chunk_rows = True, expected a valid integer"),
        ("[retention]\nintractions = '1d'", "assay.toml:2: unknown key 'retention.intractions'\n  → did you mean 'interactions'?"),
        ("[retention]\nscores = '1 year'", "assay.toml:2: retention.scores = '1 year', expected a number of days"),
        ("[project]\ntime_zone = 'Europe/Berln'", "did you mean 'Europe/Berlin'?"),
        ("[privacy]\ncontext = [\n  'a',\n  3,\n]", "assay.toml:2: privacy.context.1 = 3, expected a valid string"),
        ("[privacy]\nids = 'all'", "privacy.ids = 'all', expected 'auto', 'keep' or 'pseudonymise'"),
        ("[paths]\nkey = 'reports/published/key'", "expected key outside of published"),
        ("[paths]\nkey = 'reports/x/../published/key'", "expected key outside of published"),
        ("[sources.a]\nurl = 'sqlite:///x.db'\npath = 'x'", "assay.toml:1: sources.a, expected either url or path"),
        ("[sources.a]\npath = 'x'\nquery = 'select 1'", "a path has none"),
        ("[sources.a]\nurl = 'mysql://h/d'", "sources.a.url = 'mysql://h/d', expected an address that begins with sqlite:///"),
        ("[sources.a]\nurll = 'sqlite:///x.db'", "assay.toml:2: unknown key 'sources.a.urll'\n  → did you mean 'url'?"),
        ("[sources.store]\npath = 'x'", "other than 'store'"),
        ("[privacy]\nk = 1\nk = 2", "assay.toml cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ASSAY_PRIVACY__K", "many", "ASSAY_PRIVACY__K (environment): privacy.k = 'many', expected a valid integer"),
        ("ASSAY_PRIVACY__K", "", "privacy.k = '', expected"),
        ("ASSAY_PRIVACY__KK", "1", "did you mean 'ASSAY_PRIVACY__K'?"),
        ("ASSAY_PRIVCY__K", "1", "did you mean 'ASSAY_PRIVACY__K'?"),
        ("ASSAY_PRIVACY__K__X", "1", "ASSAY_PRIVACY__K__X (environment) sets nothing that is known"),
        ("ASSAY_SOURCES__LOGS__PATH", "x", "sets nothing that is known"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_environment_names_its_variable(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    assert told in refused(tmp_path, "", **{name: value})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:hunter2@db/logs",
        "postgresql://app:hunt/er2@db/logs",
        "postgresql://db/logs?password=hunter2",
        "mysql://app:hunter2@db/logs",
    ],
)
@pytest.mark.parametrize("key", ["url", "path", "table", "urll"])
def test_a_password_in_an_address_is_refused_and_not_repeated(
    tmp_path: Path, url: str, key: str
) -> None:
    told = refused(tmp_path, f"[sources.a]\n{key} = '{url}'")
    assert "hunt" not in told
    assert "er2" not in told
    assert "assay.toml:" in told


def test_a_password_of_the_environment_may_be_named(tmp_path: Path) -> None:
    url = "postgresql://app:${LOGS_PASSWORD}@db/logs"
    assert settings_of(tmp_path, f"[sources.a]\nurl = '{url}'").sources["a"].url == url


NAMES = st.text("abz_-", min_size=1, max_size=4)
VALUES = st.sampled_from(["1", '"x"', '"""a\n[b]\nc = 1"""', "[\n1,\n2]", "{ a = 1 }", "[]"])


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES), max_size=4), st.data())
def test_lines_are_where_the_keys_were_written(tables, data) -> None:
    text, expected = "", {}
    for table, keys in tables.items():
        text += "\n" * data.draw(st.integers(0, 2))
        expected[(table,)] = text.count("\n") + 1
        text += f"[{table}] # [x]\n"
        for key, value in keys.items():
            text += data.draw(st.sampled_from(["", "# k = 1\n"]))
            expected[(table, key)] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    found = lines_of(text)
    assert {place: found[place] for place in expected} == expected


def test_the_file_of_this_project_shows_the_defaults() -> None:
    root = Path(__file__).resolve().parents[2]
    assert read_settings(root, {}).model_dump(exclude={"retention"}) == Settings().model_dump(
        exclude={"retention"}
    )


@pytest.mark.parametrize("size", ["4", "GB", "-1 GB", "0 GB", "4 GiB", "1e3 MB"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="expected a size such as '4 GB'"):
        Limits(memory=size)


def test_sizes_are_powers_of_a_thousand() -> None:
    assert (Limits().memory_bytes, Limits(memory="4GB").memory_bytes) == (None, 4_000_000_000)
