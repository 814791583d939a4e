"""The language of metrics: what it takes, and that nothing else gets in."""

import pytest

from assay.core.errors import ParameterError
from assay.core.expressions import (
    DEEPEST,
    Arithmetic,
    Call,
    Column,
    Comparison,
    Constant,
    Logic,
    columns_of,
    parse,
)

A, B, ONE = Column("a"), Column("b"), Constant(1)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        (" a ", A),
        ("a + b * 1", Arithmetic("+", A, Arithmetic("*", B, ONE))),
        ("-a", Call("negative", (A,))),
        ("not a and b", Logic("and", (Call("not", (A,)), B))),
        ("a or b or true", Logic("or", (A, B, Constant(value=True)))),
        ("a is null", Call("is_null", (A,))),
        ("a is not None", Call("not", (Call("is_null", (A,)),))),
        ("a == 'x'", Comparison("==", A, Constant("x"))),
        ("1 < a <= b", Logic("and", (Comparison("<", ONE, A), Comparison("<=", A, B)))),
        ("a in ('x',)", Comparison("==", A, Constant("x"))),
        (
            "a not in [1, b]",
            Call("not", (Logic("or", (Comparison("==", A, ONE), Comparison("==", A, B))),)),
        ),
        ("when(a, b, null)", Call("when", (A, B, Constant(None)))),
        ('col("Latency (s)") / 1', Arithmetic("/", Column("Latency (s)"), ONE)),
    ],
)
def test_what_is_written_is_what_is_read(text: str, node: object) -> None:
    assert parse(text) == node


def test_columns_are_named_once_and_in_order() -> None:
    assert columns_of(parse("b + when(a > 1, b, col('c d')) + abs(a)")) == ("b", "a", "c d")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no expression"),
        ("a +", "is no expression"),
        ("Latency (s) per", r"is no expression(.|\n)*col\(\"Latency"),
        ("__import__('os').system('x')", "is not part of the language"),
        ("open('x')", "calls 'open', which is no function here"),
        ("abz(a)", r"calls 'abz'(.|\n)*did you mean 'abs'"),
        ("a.b", "'a.b' is not part of the language"),
        ("a[0]", "is not part"),
        ("[x for x in a]", "is not part"),
        ("lambda: 1", "is not part"),
        ("(b := a)", "is not part"),
        ("a ** b", "is not part"),
        ("a // b", "is not part"),
        ("f'{a}'", "is not part"),
        ("1j", "is not part"),
        ("b'x'", "is not part"),
        ("a if b else c", "is not part"),
        ("abs(a, b)", r"is written abs\(x\)"),
        ("when(a)", r"is written when\(condition"),
        ("max(*a)", "is written max"),
        ("min(a, key=b)", "is not part"),
        ("col(a)", "takes one name in quotes"),
        ("a is b", "is no comparison"),
        ("a in b", "is no comparison"),
        ("a in ()", "is no comparison"),
        ("-" * (DEEPEST + 2) + "a", "nested too deeply"),
        ("a + " * 1000 + "a", "characters"),
        ("(" * 500 + "a" + ")" * 500, "is no expression|nested"),
    ],
)
def test_nothing_else_is_taken(text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        parse(text)
