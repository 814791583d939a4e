"""The line with its breaks and forecast, and the calendar: what is drawn where."""

from datetime import date, timedelta

from assay.present.charts.calendar import Day, calendar_chart
from assay.present.charts.trend import Rule, Spot, trend_chart
from assay.present.figures import Figure, draw
from assay.present.theme import colour


def spot(day, value, **more):
    line = {"line": 10.0, "low": 9.0, "high": 11.0} | more
    return Spot(at=f"2026-08-{day:02d}T00:00:00", value=value, **line)


def rule(**more):
    usual = {
        "first": "2026-08-09T00:00:00",
        "at": "2026-08-10T00:00:00",
        "last": "2026-08-12T00:00:00",
        "words": "+38 %",
        "meaning": "worse",
    }
    return Rule(**usual | more)


def chart(*, rules=(), ahead=(), **more):
    spots = [spot(day, None if day == 5 else 10.0 + day) for day in range(1, 21)]
    return trend_chart(spots, rules, ahead, axis="Latency, s", **more).to_dict()


def layers(spec, mark):
    return [one for one in inlined(spec)["layer"] if one["mark"]["type"] == mark]


def inlined(spec):
    """The specification, each layer with its rows in place."""
    sets = spec.get("datasets", {})
    return {
        **spec,
        "layer": [
            {**one, "data": {"values": sets[one["data"]["name"]]}} if "name" in one["data"] else one
            for one in spec["layer"]
        ],
    }


def data(layer):
    return layer["data"]["values"]


def test_every_period_with_a_value_is_a_point_and_a_gap_is_none():
    (points,) = layers(chart(), "point")
    assert [row["value"] for row in data(points)] == [10.0 + d for d in range(1, 21) if d != 5]


def test_a_break_parts_the_line_and_shows_the_interval_of_its_date():
    spec = chart(rules=[rule()])
    (rect,) = layers(spec, "rect")
    assert (data(rect)[0]["first"], data(rect)[0]["last"]) == (
        "2026-08-09T00:00:00Z",
        "2026-08-12T00:00:00Z",
    )
    line = next(one for one in layers(spec, "line") if one["encoding"]["y"]["field"] == "line")
    pieces = {row["day"][8:10]: row["piece"] for row in data(line)}
    assert (pieces["09"], pieces["10"]) == (0, 1)
    (text,) = layers(spec, "text")
    assert (data(text)[0]["words"], data(text)[0]["colour"]) == ("+38 %", colour("worse"))


def test_a_sure_date_has_a_rule_and_no_band():
    spec = chart(rules=[rule(first="2026-08-10T00:00:00", last="2026-08-10T00:00:00")])
    assert data(layers(spec, "rect")[0]) == []
    assert len(data(layers(spec, "rule")[0])) == 1


def test_the_forecast_is_inside_the_axis_and_the_unit_is_its():
    ahead = [spot(25, 20.0, line=None, low=5.0, high=90.0)]
    spec = chart(ahead=ahead, factor=100.0)
    (points,) = layers(spec, "point")
    low, high = points["encoding"]["y"]["scale"]["domain"]
    assert low <= 500
    assert high >= 9000
    assert points["encoding"]["x"]["scale"]["domain"][1] == "2026-08-25T00:00:00Z"


def test_the_line_without_the_season_is_drawn_only_where_there_is_one():
    def adjusted(spots):
        spec = trend_chart(spots, (), (), axis="m").to_dict()
        (found,) = (
            one for one in layers(spec, "line") if one["encoding"]["y"]["field"] == "adjusted"
        )
        return data(found)

    assert adjusted([spot(1, 10.0), spot(2, 11.0)]) == []
    seasonal = [spot(day, 10.0, adjusted=9.0 + day) for day in (1, 2)]
    assert [row["adjusted"] for row in adjusted(seasonal)] == [10.0, 11.0]


def test_a_calendar_has_weeks_as_columns_and_colour_by_sign_and_size():
    first = date(2026, 8, 3)  # a Monday
    off = [None, 0.0, 1.5, -3.0, 9.0, -0.3, 0.1, 0.0]
    days = [Day(day=first + timedelta(i), off=off[i], words=f"{i} s") for i in range(8)]
    spec = inlined(calendar_chart(days).to_dict())
    back, front, gaps = spec["layer"]
    assert [row["row"] for row in data(back)] == [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon",
    ]  # fmt: skip
    assert [row["week"] for row in data(back)] == ["2026-08-03"] * 7 + ["2026-08-10"]
    told = {row["told"].replace("\u00a0", " "): row for row in data(front)}
    assert told["5 August 2026"]["strength"] == 0.5
    assert told["6 August 2026"]["colour"] == colour("estimate")
    assert told["7 August 2026"]["strength"] == 1.0
    assert told["7 August 2026"]["colour"] == colour("attention")
    assert [row["row"] for row in data(gaps)] == ["Mon"]


def test_both_are_drawn():
    first = date(2026, 8, 3)
    calendar = calendar_chart([Day(day=first, off=1.0, words="1 s")])
    spots = [spot(day, 10.0) for day in range(1, 6)]
    for one in (calendar, trend_chart(spots, [], [], axis="m")):
        assert "<svg" in draw(Figure(one, "caption", "alt").spec())
