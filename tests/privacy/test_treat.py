import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.privacy.fields import FIELDS
from assay.privacy.forgotten import Forgotten
from assay.privacy.keys import KeyRing
from assay.privacy.policy import Policy
from assay.privacy.pseudonym import PATTERN, Pseudonyms
from assay.privacy.shapes import machine_made
from assay.privacy.treat import Treated, treat
from assay.schema import TABLES, schema_of
from privacy.personal_values import cards, e_mails, ibans, keys, phones

RING = KeyRing((bytes(range(32)),))
PSEUDONYMS = Pseudonyms(RING)


def treated(frame: pl.DataFrame, table: str = "interactions", **policy) -> Treated:
    settings = {k: frozenset(v) if isinstance(v, list) else v for k, v in policy.items()}
    return treat(frame, table, Policy(**settings), PSEUDONYMS, Forgotten.none())


def planted(table: str, values: list[str]) -> pl.DataFrame:
    """Each value in each column that takes text, and in a column of context."""
    columns = {}
    for name in FIELDS[table]:
        dtype = schema_of(table).columns()[name].dtype
        cells = [[value, None, value] for value in values] if isinstance(dtype, pl.List) else values
        columns[name] = pl.Series(name, cells, dtype=dtype)
    columns["ctx_note"] = pl.Series(values)
    columns["ctx_tags"] = pl.Series([[value] for value in values])
    return pl.DataFrame(columns)


PLANTED = [
    "Anna Schmidt",
    "anna.schmidt@example.com",
    "jürgen+news@bücher.example",
    "Dr. O'Neil, John",
    "山田 太郎",
    "Олег",
    "sk-proj-Abc123Def456Ghi789Jkl012",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    "+49 170 1234567",
    "+491701234567",
    "01701234567",
    "491701234567",
    "(415) 555-2671",
    "4111 1111 1111 1111",
    "4111111111111111",
    "DE89370400440532013000",
    "192.168.17.4",
    "session-anna@example.com",
    "call 4915112345678",
    "https://anna:tiger@example.com/x",
    "Request of Anna Schmidt <anna.schmidt@example.com> failed",
    "agent for 4111-1111-1111-1111",
    "@anna_s",
    "anna@localhost",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
    "Bearer abcdefghijklmnop1234",
    "p_0123456789abcdef0123456789",
    "task:4111111111111111",
    "0151-2345678901",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("table", TABLES)
def test_nothing_planted_survives_in_any_column_of_any_table(table: str) -> None:
    done = treated(planted(table, PLANTED), table, context=["ctx_note", "ctx_tags"])
    kept = json.dumps(done.frame.to_dicts(), default=str, ensure_ascii=False)
    told = json.dumps([[list(key), count] for key, count in done.replaced.items()])
    for value in PLANTED:
        for part in [value, *value.split()]:
            if (
                len(part) > 3
                and part not in {"task", "agent", "call", "Request", "failed", "https", "Bearer"}
                and not part.startswith(("PRIVATE", "KEY", "-----"))
            ):
                assert part not in kept, part
                assert part not in told
    assert done.frame.height == len(PLANTED)


@settings(max_examples=20)
@given(
    values=st.lists(st.one_of(e_mails, phones, cards, keys, ibans), min_size=5, max_size=20),
    table=st.sampled_from(["interactions", "configurations", "prices"]),
)
def test_no_drawn_value_survives(values: list[str], table: str) -> None:
    done = treated(planted(table, values), table, context=["ctx_note", "ctx_tags"])
    asked = planted("scores", [f"ask {value} now" for value in values])
    kept = treated(asked, "scores", keep_text=["scores.comment"])
    cells = [
        str(cell) for frame in (done.frame, kept.frame) for row in frame.rows() for cell in row
    ]
    assert not [value for value in values if any(value in cell for cell in cells)]


@pytest.mark.parametrize(
    "name",
    [
        "sleep 0.1",
        "sort -k 2 file.txt",
        "npm install",
        "t/test_b.py::test_sum/10-a b",
        "python -c 'import numpy as np; np.ones((10, 10)) @ np.ones((10, 10))'",
        "sort --parallel=4 big.txt/n:100000",
        "test_parse/size=10",
        "curl http://localhost:8080/a?b=c",
        "awk '{print $1}' data_2026-11-01.csv",
    ],
)
def test_benchmarks_and_commands_keep_their_names(name: str) -> None:
    rows = pl.DataFrame({"suite": ["nightly run 2"], "workload": [name], "name": [name]})
    done = treated(rows, "measurements")
    assert done.frame.rows() == [("nightly run 2", name, name)]
    assert done.replaced == {}


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("mail -s 1 anna.schmidt@example.com", "e-mail"),
        ("ssh anna@host ls -l", "e-mail"),
        ("curl https://anna:tiger@example.com/x -o 1", "secret"),
        ("curl -H 'Authorization: Bearer abcdefghijklmnop1234' x/y", "key"),
        ("call.sh +49 170 1234567", "phone"),
        ("ping -c 1 192.168.17.4", "IP"),
        ("greet.sh Anna Schmidt", "text"),
        ("t/test_b.py::test_sum/Anna Schmidt", "text"),
        ("anna schmidt", "text"),
        ("run.sh über 2", "text"),
        ("run.sh @anna_s", "text"),
        ("run.sh " + "x" * 200, "text"),
        ("one.sh 1\ntwo.sh 2", "text"),
    ],
)
def test_whoever_is_in_the_name_of_a_benchmark_is_not_kept(name: str, held: str) -> None:
    done = treated(pl.DataFrame({"workload": [name]}), "measurements")
    assert done.frame["workload"].to_list() == [PSEUDONYMS.of(name)]
    assert done.replaced == {("workload", held): 1}


@pytest.mark.parametrize("path", ["/home/{}/bin/run 1", "/Users/{}/x", "C:\\Users\\{}\\run.exe 2"])
def test_accounts_in_paths_of_benchmarks_are_masked(path: str) -> None:
    done = treated(pl.DataFrame({"name": [path.format("anna"), path.format("*")]}), "measurements")
    assert done.frame["name"].to_list() == [path.format("*")] * 2
    assert done.replaced == {("name", "home folder"): 1}


def test_the_same_person_has_the_same_pseudonym_in_all_tables() -> None:
    seen = set()
    for table, columns in FIELDS.items():
        for name, kind in columns.items():
            if kind in {"person", "judge"}:
                frame = pl.DataFrame({name: ["anna", None]})
                new = treated(frame, table).frame[name].to_list()
                seen.add(new[0])
                assert new[1] is None
    assert seen == {PSEUDONYMS.of("anna")}


def test_ids_are_replaced_alike_wherever_they_join() -> None:
    one = treated(pl.DataFrame({"interaction_id": ["anna 1", "i-1"]})).frame["interaction_id"]
    other = treated(pl.DataFrame({"interaction_id": ["anna 1", "i-1"]}), "scores").frame[
        "interaction_id"
    ]
    assert one.to_list() == other.to_list() == [PSEUDONYMS.of("anna 1"), "i-1"]


MACHINE = [
    "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174",
    "a4915112345678901234567890bcdef0-1234567890123456",
    "a4915112345678901234567890bcdef0",
    "550e8400-e29b-41d4-a716-446655440000",
    "550e8400e29b41d4a716446655440000",
    "0af7651916cd43dd8448eb211c80319c",
    "b7ad6b7169203331",
    "i-1",
    "i-000000001",
    "s-214285",
    "123",
    "12345678",
    "session_4711",
    "req-0af76519",
    "trace:0af7651916cd43dd:b7ad6b7169203331",
    "0af7651916cd43dd-3",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "chatcmpl-550e8400-e29b-41d4-a716-446655440000",
    "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
    "i-000234567890",
    "1234-5678",
    "1234567-12",
    "0af7651916cd43dd#12",
]
HUMAN = [
    "anna",
    "anna-1",
    "session-anna",
    "01701234567",
    "4111111111111111",
    "i-4111111111111111",
    "491701234567",
    "0151-2345678901",
    "anna@x.org",
    "s-01701234567",
    "session of anna",
    "",
    "p_0123456789abcdef0123456789",
    "deadbee",
    "call-4915112345678",
    "123456789",
    "user-17",
    "078-05-1120x",
    "s-1\n",
    "0170-1234567",
    "0170123-4567",
    "0301234/567",
    "850709-9805",
    "19850709-9805",
    "20010131-1234",
    "id:004930123456",
    "s-00431234567",
    "a49151123456789012345678901234b",
]


@pytest.mark.parametrize("value", MACHINE)
def test_ids_of_machines_are_kept(value: str) -> None:
    assert machine_made(pl.Series([value, None, "anna"])).to_list() == [True, False, False]


@pytest.mark.parametrize("value", HUMAN)
def test_other_ids_are_replaced(value: str) -> None:
    assert machine_made(pl.Series([value, "i-1"])).to_list() == [False, True]


@pytest.mark.parametrize(
    ("ids", "kept"), [("auto", ["i-1"]), ("keep", ["i-1", "first talk"]), ("pseudonymise", [])]
)
def test_ids_are_kept_as_the_policy_says(ids: str, kept: list) -> None:
    given_ids = ["i-1", "first talk", "anna@x.org"]
    done = treated(pl.DataFrame({"session_id": given_ids}), ids=ids)
    new = done.frame["session_id"].to_list()
    assert new == [v if v in kept else PSEUDONYMS.of(v) for v in given_ids]
    assert done.replaced == {("session_id", "id"): 3 - len(kept)}


LABELS = [
    "gpt-4o",
    "gpt-4o-2024-08-06",
    "claude-3-5-sonnet-20241022",
    "claude-3-opus@20240229",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "meta-llama/Llama-3.3-70B-Instruct",
    "v1.2.3",
    "support",
    "chat",
    "tool/call",
    "%",
    "0.7",
    "-1",
    "1e-3",
    "C++",
    "USD/1k",
    "mistral-large-2411",
    "gemini-2.0-flash-001",
    "text-embedding-3-small",
    "o1-2024-12-17",
    "llama-3.1-8b@latest",
    "accounts/fireworks/models/deepseek-v3-0324",
    "550e8400-e29b-41d4-a716-446655440000",
    "RateLimitError",
    "eu-west-1",
]


@pytest.mark.parametrize("column", ["model", "tool", "agent_id", "item_id"])
def test_names_of_models_and_tools_are_kept(column: str) -> None:
    done = treated(pl.DataFrame({column: [*LABELS, None]}))
    assert done.frame[column].to_list() == [*LABELS, None]
    assert done.replaced == {}


def test_labels_of_more_than_a_word_are_replaced_and_told() -> None:
    frame = pl.DataFrame(
        {"agent_id": ["support bot", "support bot", "planner", "Anna's bot", "a@b.org"]}
    )
    done = treated(frame)
    assert done.frame["agent_id"].to_list() == [
        PSEUDONYMS.of("support bot"),
        PSEUDONYMS.of("support bot"),
        "planner",
        PSEUDONYMS.of("Anna's bot"),
        PSEUDONYMS.of("a@b.org"),
    ]
    assert done.replaced == {("agent_id", "text"): 3, ("agent_id", "e-mail"): 1}
    allowed = treated(frame, labels=["support bot"])
    assert allowed.frame["agent_id"].to_list()[:2] == ["support bot"] * 2
    for name in ("agent_id", "interactions.agent_id"):
        free = treated(
            pl.DataFrame({"agent_id": ["bot of anna@x.org", "support bot"]}), free_labels=[name]
        )
        assert free.frame["agent_id"].to_list() == ["bot of [e-mail]", "support bot"]


def test_lists_are_looked_through_element_by_element() -> None:
    frame = pl.DataFrame(
        {"learner_id": ["a"] * 4, "skills": [["sql", "Anna Schmidt", None], None, [], ["r"]]}
    )
    done = treated(frame, "attempts")
    assert done.frame["skills"].to_list() == [
        ["sql", PSEUDONYMS.of("Anna Schmidt"), None],
        None,
        [],
        ["r"],
    ]
    assert done.replaced["skills", "text"] == 1


def test_messages_become_templates_and_text_is_dropped() -> None:
    frame = pl.DataFrame(
        {"score_id": ["1", "2"], "name": ["clarity"] * 2, "comment": ["Anna was right", None]}
    )
    done = treated(frame, "scores")
    assert done.frame["comment"].to_list() == [None, None]
    assert done.frame["comment"].dtype == pl.String
    assert done.replaced["comment", "dropped text"] == 1
    kept = treated(
        frame.with_columns(comment=pl.lit("ask a@b.org")), "scores", keep_text=["scores.comment"]
    )
    assert kept.frame["comment"].to_list() == ["ask [e-mail]"] * 2
    messages = pl.DataFrame({"error_message": ["timeout for anna", None, "timeout"]})
    assert treated(messages).frame["error_message"].to_list() == ["timeout for *", None, "timeout"]
    assert treated(messages).replaced == {("error_message", "message"): 1}
    kept = treated(messages, keep_text=["interactions.error_message"])
    assert kept.frame["error_message"].to_list() == messages["error_message"].to_list()


def test_judges_are_persons_unless_they_are_machines() -> None:
    frame = pl.DataFrame(
        {
            "source": ["human", "model", "rule", None, "human"],
            "judge_id": ["anna", "gpt-4o", "Anna S", "ben", None],
        }
    )
    done = treated(frame, "scores")
    assert done.frame["judge_id"].to_list() == [
        PSEUDONYMS.of("anna"),
        "gpt-4o",
        PSEUDONYMS.of("Anna S"),
        PSEUDONYMS.of("ben"),
        None,
    ]


def test_context_and_strange_columns_are_dropped_unless_named() -> None:
    frame = pl.DataFrame(
        {
            "user_id": ["a"],
            "row": [1],
            "given user_id": ["a"],
            "ctx_team": ["x"],
            "ctx_mail": ["a@b.org"],
            "notes": ["Anna"],
            "ctx_size": [3],
            "ctx_deep": [{"a": "Anna"}],
        }
    )
    done = treated(frame, context=["ctx_team", "ctx_size", "ctx_deep"])
    assert done.frame.columns == ["user_id", "row", "given user_id", "ctx_team", "ctx_size"]
    assert done.context_dropped == ("ctx_mail", "notes", "ctx_deep")


@pytest.mark.parametrize(("consent", "left"), [("unless_refused", ["1", "3"]), ("required", ["1"])])
def test_consent_is_honoured(consent: str, left: list) -> None:
    frame = pl.DataFrame({"interaction_id": ["1", "2", "3"], "consent": [True, False, None]})
    done = treated(frame, consent=consent)
    assert done.frame["interaction_id"].to_list() == left
    assert done.dropped == {"no consent": 3 - len(left)}


def test_categories_are_text_as_well() -> None:
    frame = pl.DataFrame(
        {
            "agent_id": pl.Series(["Anna S", "bot"], dtype=pl.Categorical),
            "user_id": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
        }
    )
    done = treated(frame)
    assert done.frame["agent_id"].to_list() == [PSEUDONYMS.of("Anna S"), "bot"]
    assert done.frame["user_id"].str.contains(PATTERN).all()


@pytest.mark.parametrize("table", TABLES)
def test_empty_frames_keep_their_columns(table: str) -> None:
    frame = schema_of(table).create_empty()
    done = treated(frame, table)
    assert done.frame.schema == frame.schema
    assert done.replaced == done.dropped == {}
    rows = pl.DataFrame({n: [None, None] for n in frame.columns}, schema=frame.schema)
    assert treated(rows, table).frame.schema == frame.schema


def test_an_unknown_table_is_told() -> None:
    with pytest.raises(ParameterError, match="interaction"):
        treated(pl.DataFrame({"a": [1]}), "interaction")


def test_every_name_in_a_public_list_of_models_is_kept(shared_data: Path) -> None:
    """2,983 names as the log of a gateway has them, with dates, sizes and accounts of makers."""
    names = pl.read_csv(
        shared_data / "llm" / "prices" / "litellm_prices_2026-07-24.csv", infer_schema=False
    )["model"].unique()
    done = treated(pl.DataFrame({"model": names}))
    assert done.replaced == {}
    assert done.frame["model"].equals(names)


def test_hashes_of_blocks_stay_comparable_and_hold_no_number_of_a_person():
    frame = pl.DataFrame(
        {"prefix_hash": ["[0, 1, 23]", "a1b2c3d4e5 ffee0011aa", "170 1234567", "170 99", None]}
    )
    numbers, hexes, phone, other, none = treated(frame).frame["prefix_hash"].to_list()
    assert (numbers, hexes, none) == ("[0, 1, 23]", "a1b2c3d4e5 ffee0011aa", None)
    assert all(re.fullmatch(PATTERN, word) for word in phone.split())
    assert phone.split()[0] == other.split()[0]
    assert phone.split()[1] != other.split()[1]
