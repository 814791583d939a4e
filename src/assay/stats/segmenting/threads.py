"""One thread for many small products: threads that wait for one another cost more than they do."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra and neighbours by one thread, in the whole process while it lasts.

    Segments are formed of thousands of products of some hundred rows. Shared between the threads of
    a busy machine, one takes up to ten times the CPU time that it takes alone.
    """
    with _threads().limit(limits=1):
        yield


@cache
def _threads() -> Any:  # noqa: ANN401  typed nowhere
    """Those of the libraries that are used here, which have to be loaded to be found."""
    import sklearn.cluster  # noqa: PLC0415
    import sklearn.neighbors  # noqa: F401, PLC0415
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415

    return ThreadpoolController()
