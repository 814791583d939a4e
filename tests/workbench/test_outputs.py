from assay.workbench.outputs import Tally


def test_what_was_taken_back_does_not_count() -> None:
    tally = Tally([cell := {"outputs": []}], most=100)
    for _ in range(9):
        assert not tally.is_over({"text": "x" * 50})
    cell["outputs"] = [{"text": "x" * 99}]
    assert any(tally.is_over({"text": "x" * 50}) for _ in range(3))
