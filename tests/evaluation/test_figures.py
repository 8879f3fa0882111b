"""How figures are written."""

import pytest

from tutelage.evaluation.figures import (
    format_money,
    format_p,
    format_seconds,
    format_share,
    format_signed,
    format_value,
    measure_label,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (format_value(51.26, name="chrf"), "51.3"),
        (format_value(1.2, name="off_target"), "1.2 %"),
        (format_value(0.8312, name="comet"), "0.8312"),
        (format_signed(4.1, name="chrf"), "+4.1"),
        (format_signed(-0.25, name="retention"), "−0.250"),
        (format_signed(-0.04, name="chrf"), "0.0"),
        (format_p(0.000999), "p < 0.001"),
        (format_p(0.0471), "p = 0.047"),
        (format_p(0.314), "p = 0.31"),
        (format_seconds(4.21), "4.2 s"),
        (format_seconds(59.7), "1 min 00 s"),
        (format_seconds(200), "3 min 20 s"),
        (format_seconds(7500), "2 h 05 min"),
        (format_money(0), "$0.00"),
        (format_money(0.00001), "< $0.0001"),
        (format_money(0.0042), "$0.0042"),
        (format_money(1234.5), "$1,234.50"),
        (format_share(1188, whole=4012), "30 %"),
        (format_share(3, whole=400), "0.8 %"),
        (format_share(0, whole=0), "0 %"),
        (measure_label("chrf", test="general"), "general chrF"),
        (measure_label("comet"), "comet"),
    ],
)
def test_written(written, expected):
    assert written == expected
