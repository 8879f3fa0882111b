"""How figures are written wherever a person reads them: labels, units, signs, intervals, p-values."""

from __future__ import annotations

from tutelage.core.evidence import Comparison, Score
from tutelage.evaluation.measures import find_measure
from tutelage.evaluation.retention.names import TEST


def measure_label(name: str, *, test: str = "domain") -> str:
    """`chrF`, or `general chrF` on a test set other than the domain's; abilities are their own test set."""
    measure = find_measure(name)
    label = measure.label if measure else name
    return label if test in ("domain", TEST) else f"{test.replace('_', '-')} {label}"


def format_value(value: float, *, name: str) -> str:
    """The figure with its unit: `51.3`, `1.2 %`."""
    measure = find_measure(name)
    text = f"{value:.{measure.decimals}f}{measure.unit}" if measure else f"{value:.4g}"
    return _typographic(text)


def format_signed(value: float, *, name: str) -> str:
    """A difference with its sign, `+4.1`, in points where the measure is a share."""
    measure = find_measure(name)
    decimals = measure.decimals if measure else 3
    rounded = round(value, decimals)
    return _typographic(f"{rounded:+.{decimals}f}" if rounded else f"{0:.{decimals}f}")


def format_p(p_value: float) -> str:
    """`p < 0.001`, or p with the digits that matter."""
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def format_change(comparison: Comparison) -> str:
    """`chrF 47.2 → 51.3 (+4.1, 95 % interval +3.4 to +4.8, p < 0.001, n = 812, detectable 1.0)`."""
    name = comparison.name
    before, after = (format_value(value, name=name) for value in (comparison.before, comparison.after))
    return f"{measure_label(name, test=comparison.test)} {before} → {after} ({format_evidence(comparison)})"


def format_evidence(comparison: Comparison) -> str:
    """`+4.1, 95 % interval +3.4 to +4.8, p < 0.001, n = 812, detectable 1.0`; less of it if there is too little text.

    *Detectable* is the smallest difference that this test set could have shown.
    """
    name = comparison.name
    difference = format_signed(comparison.difference, name=name)
    if not comparison.tells:
        return f"{difference}, {format_n(comparison)}: too little text to tell"
    low, high = format_signed(comparison.low, name=name), format_signed(comparison.high, name=name)
    return f"{difference}, 95 % interval {low} to {high}, {format_p(comparison.p_value)}, {format_sample(comparison)}"


def format_sample(comparison: Comparison) -> str:
    """`n = 812, detectable 1.0`."""
    return ", ".join([format_n(comparison), *format_detectable(comparison)])


def format_detectable(comparison: Comparison) -> list[str]:
    """`detectable 1.0` as the only item; empty if it is not known, since the two students do not differ anywhere."""
    if comparison.detectable is None:
        return []
    measure = find_measure(comparison.name)
    return [f"detectable {comparison.detectable:.{measure.decimals if measure else 3}f}"]


def format_n(found: Comparison | Score) -> str:
    """`n = 812`, or `n = 812 (640 distinct)` if segments are there several times."""
    distinct = count_segments(found)
    return f"n = {found.n:,}" if distinct == found.n else f"n = {found.n:,} ({distinct:,} distinct)"


def count_segments(found: Comparison | Score) -> int:
    """How many distinct segments it rests on."""
    return found.n if found.distinct is None else found.distinct


def format_seconds(seconds: float) -> str:
    """`42 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def format_money(dollars: float) -> str:
    """`$0.00`, `$0.0042`, `$12.50`: never rounded down to nothing."""
    if 0 < dollars < 0.0001:
        return "< $0.0001"
    return f"${dollars:,.4f}" if 0 < dollars < 0.01 else f"${dollars:,.2f}"


def format_share(part: float, *, whole: float) -> str:
    """`30 %`, with one decimal below ten."""
    share = 100 * part / whole if whole else 0.0
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"


def _typographic(text: str) -> str:
    return text.replace("-", "−")
