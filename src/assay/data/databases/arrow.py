"""Results of a database in Arrow's C form, batch by batch, so that they need not fit in memory.

Polars takes a stream as a whole. What is read here by hand is the head of each structure only, as
the Arrow project fixed them: https://arrow.apache.org/docs/format/CStreamInterface.html
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_Schema._fields_ = (
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))),
    ("private_data", ctypes.c_void_p),
)
_Array._fields_ = (
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.c_void_p),
    ("children", ctypes.c_void_p),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", ctypes.c_void_p),
)
_Stream._fields_ = (
    (
        "get_schema",
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema)),
    ),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))),
    ("private_data", ctypes.c_void_p),
)

_capsule: Final = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class _Batch:
    """One batch; whoever imports it takes over its rows, and marks them as released."""

    def __init__(self, schema: _Schema, array: _Array) -> None:
        self._schema, self._array = schema, array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[Any, Any]:
        return (
            _capsule(ctypes.addressof(self._schema), b"arrow_schema", None),
            _capsule(ctypes.addressof(self._array), b"arrow_array", None),
        )


def column_names(handle: Any) -> list[str]:  # noqa: ANN401  the driver's handle of a stream
    """The names of a result's columns, in order; a name may stand there twice.

    Raises:
        OSError: where the driver reports a mistake.
    """
    schema = _schema_of(_Stream.from_address(handle.address))
    try:
        return [
            (schema.children[i].contents.name or b"").decode() for i in range(schema.n_children)
        ]
    finally:
        schema.release(ctypes.byref(schema))


def batches(handle: Any) -> Iterator[pl.DataFrame]:  # noqa: ANN401
    """The rows of a result in the batches in which the driver hands them over.

    Raises:
        OSError: where the driver reports a mistake, with its words.
    """
    stream = _Stream.from_address(handle.address)
    while True:
        array = _Array()
        _insist(stream, stream.get_next(ctypes.byref(stream), ctypes.byref(array)))
        if not array.release:
            return
        schema = _schema_of(stream)
        try:
            frame = pl.DataFrame(_Batch(schema, array))
        finally:
            for held in (schema, array):
                if held.release:
                    held.release(ctypes.byref(held))
        yield frame


def rows_of(handle: Any) -> pl.DataFrame:  # noqa: ANN401
    """A small result as a whole.

    Raises:
        OSError: as `batches`.
    """
    found = list(batches(handle))
    return pl.concat(found) if found else pl.DataFrame()


def _schema_of(stream: _Stream) -> _Schema:
    schema = _Schema()
    _insist(stream, stream.get_schema(ctypes.byref(stream), ctypes.byref(schema)))
    return schema


def _insist(stream: _Stream, code: int) -> None:
    if code != 0:
        told = stream.get_last_error(ctypes.byref(stream)) or b"the driver does not say why"
        raise OSError(code, told.decode(errors="replace"))
