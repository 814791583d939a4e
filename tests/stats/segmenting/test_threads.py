"""Small products are done by one thread, and what was set before comes back."""

import sklearn.cluster  # noqa: F401  so that its threads are there to be seen
from threadpoolctl import threadpool_info, threadpool_limits

from assay.stats.segmenting.threads import one_thread


def threads():
    return [pool["num_threads"] for pool in threadpool_info()]


def test_one_thread_while_it_lasts_and_as_many_as_before_afterwards():
    with threadpool_limits(2):
        before = threads()
        with one_thread():
            assert set(threads()) == {1}
        assert threads() == before
        assert max(before) == 2
