"""Digits, signs and escaping."""

from __future__ import annotations

import math

import pytest

from orebound.analyzers.page.text import LONGEST, clean, percents, safe, show, without_secrets


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, ""])
@pytest.mark.parametrize("kind", ["text", "date", "percent", "number", "money"])
def test_what_is_unknown_prints_as_not_available(value: object, kind: str) -> None:
    assert show(value, kind) == "n/a"  # type: ignore[arg-type]


def test_a_fall_carries_a_true_minus_and_zero_no_sign() -> None:
    assert show(-0.1234, "percent") == "\u221212.3\u202f%"
    assert show(-0.00001, "percent") == "0.0\u202f%"
    assert show(0.0, "signed") == "0.0"


def test_marks_of_an_axis_are_told_apart() -> None:
    # A drawdown of 30 days: five marks within 2.5 % once printed as 1, 1, 2 and 2 %.
    assert percents([-0.02, -0.015, -0.01, -0.005, 0.0]) == [
        *("\u22122.0\u202f%", "\u22121.5\u202f%", "\u22121.0\u202f%", "\u22120.5\u202f%"),
        "0.0\u202f%",
    ]
    assert percents([0.0, 0.2]) == ["0\u202f%", "20\u202f%"]


def test_money_is_grouped_and_has_no_decimals() -> None:
    assert show(1234567.8, "money") == "1,234,568"


def test_a_figure_that_is_no_figure_stays_text() -> None:
    assert show("many", "integer") == "many"


def test_an_equals_sign_of_data_never_reaches_the_file() -> None:
    assert safe("<img src=x onerror=alert(1)>") == ("&lt;img src&#61;x onerror&#61;alert(1)&gt;")


def test_control_and_direction_marks_are_made_visible() -> None:
    assert clean("RIO\x00\u202eOIR\u200b") == "RIO\ufffd\ufffdOIR\ufffd"


def test_text_of_any_length_is_cut() -> None:
    assert len(clean("x" * 10_000)) == LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "--data https://me:hunter2@host/path",
        "--data https://host/path?key=hunter2",
        "API_TOKEN=hunter2",
        "password: hunter2",
    ],
)
def test_secrets_of_a_command_are_not_printed(text: str) -> None:
    assert "hunter2" not in without_secrets(text)
