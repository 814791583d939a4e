import pytest

from assay.core.errors import DataError
from assay.data.read import source_of
from assay.data.spark import open_spark
from features.arm_tables import visits


def test_a_table_is_opened_by_its_name_and_counted_there(on_spark, master):
    on_spark(visits()).createOrReplaceTempView("visits")
    found = open_spark(f"{master}/visits")
    assert found.columns == visits().columns
    told = source_of(found, name="data", path="the cluster", time="at")
    assert (told.rows, told.first, told.last) == (900, "2026-03-01", "2026-03-28")


def test_what_the_cluster_has_not_is_told(on_spark, master, tmp_path):
    on_spark(visits()).createOrReplaceTempView("visits")
    with pytest.raises(DataError, match="has no table 'visit'") as error:
        open_spark(f"{master}/visit")
    assert "did you mean 'visits'?" in error.value.remedy
    with pytest.raises(DataError, match="has no Parquet at"):
        open_spark(f"{master}/?parquet={tmp_path}/none")


def test_one_process_works_with_one_cluster(on_spark):
    on_spark(visits())
    with pytest.raises(DataError, match="already works with spark://127"):
        open_spark("spark://local/visits")
