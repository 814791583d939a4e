import pytest

from assay.features.labels import in_order, label


@pytest.mark.parametrize(
    ("value", "called"),
    [
        (None, None), (float("nan"), None), ("", None), ("  ", None), (True, "true"),
        (False, "false"), (0, "0"), (1.0, "1"), (0.5, "0.5"), ("B", "B"),
    ],
)  # fmt: skip
def test_values_are_called_what_a_reader_calls_them(value, called):
    assert label(value) == called


def test_numbers_stand_by_size_before_words():
    assert in_order({"10", "9", "b", "a", "-1"}) == ("-1", "9", "10", "a", "b")
