"""Keys, the log of what was done, and who may read what is kept."""

import hmac
import json
import os
import stat

from app.exports import as_lines
from app.trial import Trial
from app.turns import PEOPLE, bring_again, pseudonym, turn


def keys_of(trial: Trial) -> list[bytes]:
    """The keys in the file, read as the documentation describes it."""
    lines = (trial.root / "data/privacy.key").read_text().splitlines()
    return [bytes.fromhex(line) for line in lines if line and not line.startswith("#")]


def hashed(value: str, key: bytes) -> str:
    return f"p_{hmac.digest(key, value.encode(), 'sha256').hex()[:26]}"


def test_a_key_is_made_once_and_tells_pseudonyms(trial: Trial) -> None:
    out = trial.done("key", "create")
    file = trial.root / "data/privacy.key"
    assert "data/privacy.key" in out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (key,) = keys_of(trial)
    assert key.hex() not in out
    assert len(key) >= 32
    before = file.read_bytes()
    assert trial.refused("key", "create").code == 2
    assert file.read_bytes() == before
    assert pseudonym(trial, "anna@example.org") == hashed("anna@example.org", key)
    assert pseudonym(trial, "anna@example.org\n") == hashed("anna@example.org", key)
    assert pseudonym(trial, "Ärger") == hashed("Ärger", key)
    assert trial.run("key", "pseudonym").code == 2


def test_a_new_key_changes_every_pseudonym_and_no_person(filled: Trial) -> None:
    before = filled.rows()
    out = filled.done("key", "rotate")
    assert "has 2 keys now" in out
    one, two = keys_of(filled)
    after = filled.rows()
    # A pseudonym under two keys is that of the pseudonym under the first.
    assert after["user_id"].to_list() == [hashed(name, two) for name in before["user_id"]]
    assert set(after["user_id"]) == {hashed(hashed(name, one), two) for name in PEOPLE}
    assert after.drop("user_id").equals(before.drop("user_id"))
    assert pseudonym(filled, "cy") == hashed(hashed("cy", one), two)
    assert bring_again(filled, "turns.jsonl")["tables"]["interactions"]["unchanged"] == 12


def test_without_its_key_a_store_takes_nothing(filled: Trial) -> None:
    file = filled.root / "data/privacy.key"
    own = file.read_bytes()
    file.unlink()
    filled.write("late.jsonl", as_lines([turn(90)]))
    assert "assay key create" in filled.refused("import", "late.jsonl").err
    other = "ab" * 16 + "".join(f"{n:02x}" for n in range(16))
    said = filled.run("import", "late.jsonl", ASSAY_PRIVACY_KEY=other)
    assert said.code == 2
    assert "the store was made with the keys" in said.err
    assert other not in said.err
    assert len(filled.rows()) == 12
    given = own.decode().splitlines()[-1]
    assert filled.run("import", "late.jsonl", ASSAY_PRIVACY_KEY=given).code == 0
    assert filled.run("key", "rotate", ASSAY_PRIVACY_KEY=given).code == 2
    assert not file.exists()


def test_the_log_tells_what_was_done_and_by_no_name(filled: Trial) -> None:
    anna = pseudonym(filled, "anna@example.org")
    filled.done("store", "export", "sqlite:///copy.db")
    filled.done("store", "backup", "all.tar")
    filled.done("forget", "--user", anna)
    filled.done("forget", "--older-than", "1d")
    filled.done("key", "rotate")
    filled.done("store", "restore", "all.tar", "--replace")
    entries = filled.json("audit", "show")
    assert [entry["number"] for entry in entries] == list(range(1, 9))
    whats = [
        "import",
        "import",
        "export",
        "backup",
        "removal",
        "removal",
        "key rotation",
        "restore",
    ]
    assert [entry["what"] for entry in entries] == whats
    assert entries[0]["details"] == {
        "source": "turns.jsonl", "format": "table", "records": 12, "rejected": 0,
    }  # fmt: skip
    text = (filled.root / "data/audit.jsonl").read_text()
    assert anna not in text
    assert all(name not in text for name in PEOPLE[:2])
    assert len(filled.done("audit", "show", "--limit", "2").splitlines()) == 2
    assert filled.json("audit", "verify")["entries"] == 8


def test_a_log_that_was_altered_is_found(filled: Trial) -> None:
    filled.write("late.jsonl", as_lines([turn(90)]))
    filled.done("import", "late.jsonl")
    log = filled.root / "data/audit.jsonl"
    whole = log.read_bytes()
    verified = filled.json("audit", "verify")
    assert (verified["whole"], verified["entries"]) == (True, 3)
    head = verified["head"]
    assert head in filled.done("audit", "verify")
    lines = whole.splitlines(keepends=True)
    changed = whole.replace(b'"records":12', b'"records":13', 1)
    assert changed != whole
    for content, line in [
        (changed, 2),
        (lines[0] + lines[2], 2),
        (lines[1] + lines[0] + lines[2], 1),
        (lines[0] + lines[0] + lines[1] + lines[2], 2),
    ]:
        log.write_bytes(content)
        said = filled.run("audit", "verify")
        assert said.code == 3
        assert f"line {line} " in said.out
        assert not json.loads(filled.run("audit", "verify", "--json").out)["whole"]
    log.write_bytes(lines[0] + lines[1])  # the end is cut off: a whole chain, with another head
    assert filled.run("audit", "verify").code == 0
    assert filled.run("audit", "verify", "--head", head).code == 3
    log.write_bytes(whole)
    assert filled.run("audit", "verify", "--head", head).code == 0


def test_no_other_user_may_read_what_is_kept(filled: Trial) -> None:
    old = os.umask(0)
    try:
        filled.write("late.jsonl", as_lines([turn(90, cost_usd=-1), turn(91)]))
        filled.done("import", "late.jsonl", "--max-rejected", "1")
        filled.done("key", "rotate")
        filled.done("forget", "--older-than", "2d")
        filled.done("store", "backup", "all.tar.gz")
        filled.done("store", "restore", "all.tar.gz", "--replace")
    finally:
        os.umask(old)
    store, data = filled.root / "data/store", filled.root / "data"
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in [*store.rglob("*"), store]}
    modes |= {
        p: stat.S_IMODE(p.stat().st_mode) for p in (data / "privacy.key", data / "audit.jsonl")
    }
    wrong = {p: oct(mode) for p, mode in modes.items() if mode != (0o700 if p.is_dir() else 0o600)}
    assert not wrong
    assert stat.S_IMODE((filled.root / "all.tar.gz").stat().st_mode) == 0o600


def test_who_else_may_read_is_told(filled: Trial) -> None:
    store, data = filled.root / "data/store", filled.root / "data"
    assert filled.run("store", "show").err == ""
    store.chmod(0o755)
    assert "chmod 700" in filled.run("store", "show").err
    assert filled.json("store", "show")["warnings"]
    store.chmod(0o700)
    (data / "audit.jsonl").chmod(0o644)
    said = filled.run("audit", "verify")
    assert (said.code, "chmod 600 data/audit.jsonl" in said.err) == (0, True)
    (data / "privacy.key").chmod(0o640)
    said = filled.refused("import", "turns.jsonl")
    assert (said.code, "chmod 600" in said.err) == (2, True)
