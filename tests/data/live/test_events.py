import threading

import polars as pl

from assay.data.live.events import KEYS, Names, Tally
from assay.schema import TABLES


def test_every_table_with_one_key_of_text_that_can_be_made_up_is_known() -> None:
    single = {
        table: schema.primary_key()[0]
        for table, schema in TABLES.items()
        if len(schema.primary_key()) == 1
        and schema.columns()[schema.primary_key()[0]].dtype == pl.String
    }
    assert single.pop("learners") == "learner_id"  # a person, whom nobody makes up
    assert single == KEYS


def test_keys_are_those_of_a_uuid_that_sorts_by_time() -> None:
    names = Names()
    made = [names.next(1_700_000_000_000_000 + 1000 * step) for step in range(100)]
    assert made == sorted(made)
    assert all(len(key) == 32 and key[12] == "7" and key[16] in "89ab" for key in made)
    assert int(made[0][:12], 16) == 1_700_000_000_000


def test_keys_of_one_moment_differ_in_and_between_processes() -> None:
    sources = [Names() for _ in range(20)]
    made = [names.next(5) for names in sources for _ in range(500)]
    assert len(set(made)) == len(made)


def test_a_tally_misses_nothing_that_threads_count() -> None:
    tally = Tally()

    def count() -> None:
        for _ in range(10_000):
            tally.add()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [tally.value, tally.value] == [40_000, 40_000]
