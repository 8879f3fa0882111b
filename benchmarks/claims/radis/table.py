"""The tables of the rationale claim: what every arm translates and keeps, what was rehearsed, and whether it held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.claims.claim.scores import RESAMPLES, Resampled
from benchmarks.claims.claim.tables import join_blocks
from benchmarks.claims.radis.arms import APART, APART_BLENDED, BASE, BLENDED, PLAIN, PULLED, RADIS, REPLAYED, family_of
from benchmarks.claims.radis.backbone import Stopping
from benchmarks.claims.radis.curves import Place, above_curve, no_drift
from benchmarks.claims.radis.retention import Retained

KEPT, GAINED = 95.0, 95.0
"""Percent: of the backbone's general score, and of plain fine-tuning's gain in chrF."""
JUDGED = (RADIS, APART, APART_BLENDED)
"""In one sample, as in the paper; apart; and apart, half of the way back to the old weights."""
SIMPLEST = (PLAIN, BLENDED, PULLED, REPLAYED)
"""What needs no rationale: one training, at some rate, and little besides."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What an arm was trained on, means over the seeds."""

    examples: float
    updates: float
    target_tokens: float
    """Tokens that gave a loss."""
    rationales: float = 0.0
    """Examples that had one."""
    cut: float = 0.0
    """Of these without an end."""
    alike: float = 0.0
    """Of these that begin with the two words that most begin with."""


@dataclass(frozen=True, slots=True)
class ArmScores:
    """All that the table shows of an arm; the backbone has nothing trained and nothing kept."""

    name: str
    chrf: Resampled
    bleu: float
    abilities: Mapping[str, float]
    """Percent passed."""
    kept: Retained | None = None
    drift: Resampled | None = None
    """Nats a token; None of the backbone."""
    ends: Resampled | None = None
    """Nats at the ends of answers, if they were told apart."""
    elsewhere: Resampled | None = None
    """Nats a token apart from these."""
    trained: Trained | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the claim, with its figure."""

    text: str
    figure: str
    held: bool | None
    """None if it cannot be told."""


def render_tables(
    arms: Sequence[ArmScores], *, stopping: Sequence[Stopping], note: str, against: str | None = None
) -> str:
    """Markdown; the backbone is the first arm. RaDis is held against its rivals, or all arms against the one named."""
    ends = [_stopping(stopping)] if stopping else []
    compared = (_curves(arms), _against(arms, against), _claims(judge_claims(arms)))
    return join_blocks([_arms(arms), [note], _rationales(arms), *ends, *compared])


def judge_claims(arms: Sequence[ArmScores]) -> list[Claim]:
    """The premises, and the claims of each arm that is RaDis; empty if plain fine-tuning or RaDis was not run.

    Plain fine-tuning has the rate at which it translates best, as a user would choose.
    """
    by_name = {arm.name: arm for arm in arms}
    judged = [by_name[name] for name in JUDGED if name in by_name]
    if not {BASE, PLAIN} <= set(by_name) or not judged:
        return []
    base, plain = by_name[BASE], max(_rates_of(PLAIN, arms), key=lambda arm: arm.chrf.value)
    curve = places_by_family(arms).get(PLAIN, [])
    return [
        *_premises(base, plain),
        *(claim for arm in judged for claim in (*_keeping(arm, base, plain), *_moving(arm, plain, curve))),
    ]


def _rates_of(family: str, arms: Sequence[ArmScores]) -> Iterator[ArmScores]:
    return (arm for arm in arms if family_of(arm.name) == family)


def _premises(base: ArmScores, plain: ArmScores) -> Iterator[Claim]:
    if plain.kept is None:
        yield Claim("The backbone has abilities to lose.", "too few items passed", None)
    else:
        lost = plain.kept.overall
        yield Claim(f"Premise: {plain.name} forgets.", f"keeps {_percent(lost)}", lost.ends[1] < 100)
    gain = plain.chrf.minus(base.chrf)
    yield Claim(f"Premise: {plain.name} learns to translate.", f"chrF {gain.signed}", gain.ends[0] > 0)


def _keeping(arm: ArmScores, base: ArmScores, plain: ArmScores) -> Iterator[Claim]:
    """What the paper claims: what is kept of the general score, and of the gain."""
    if plain.kept is not None and arm.kept is not None:
        kept, gap = arm.kept.overall, arm.kept.overall.minus(plain.kept.overall)
        yield Claim(
            f"{arm.name} keeps {KEPT:.0f} % or more of the backbone's general score, {plain.name} clearly less.",
            f"keeps {_percent(kept)}; points more than plain: {gap.signed}",
            (kept.value >= KEPT and gap.ends[0] > 0) if plain.kept.overall.ends[1] < 100 else None,
        )
    share = gain_share(arm.chrf, base=base.chrf, full=plain.chrf)
    yield Claim(
        f"{arm.name} has {GAINED:.0f} % or more of the gain of {plain.name} in chrF.",
        _percent(share),
        share.value >= GAINED if plain.chrf.minus(base.chrf).ends[0] > 0 else None,
    )


def _moving(arm: ArmScores, plain: ArmScores, curve: Sequence[Place]) -> Iterator[Claim]:
    """What can be told with few items: how far the student moved, and what it translates at that."""
    if arm.drift is None or plain.drift is None:
        return
    gap = arm.drift.minus(plain.drift)
    yield Claim(
        f"{arm.name} moves the student less than {plain.name}.",
        f"drift {_less(arm.drift, plain.drift)}",
        gap.ends[1] < 0,
    )
    above = above_curve(Place(arm.name, arm.chrf, arm.drift), curve)
    yield Claim(
        f"{arm.name} translates better than plain fine-tuning that moves the student as little.",
        "no two of plain's rates around it" if above is None else f"chrF {above.signed}",
        None if above is None else above.ends[0] > 0,
    )


def gain_share(chrf: Resampled, *, base: Resampled, full: Resampled) -> Resampled:
    """Percent of the gain of `full` over `base`; a resample in which there was none counts for nothing."""
    gain, whole = chrf.minus(base), full.minus(base)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(whole.resamples > 0, 100 * gain.resamples / whole.resamples, np.nan)
    return Resampled(100 * gain.value / whole.value if whole.value > 0 else float("nan"), shares)


def _arms(arms: Sequence[ArmScores]) -> Iterator[str]:
    base, abilities = arms[0], list(arms[0].abilities)
    full = next((arm.chrf for arm in arms if arm.name == PLAIN), None)
    yield (
        "| arm | chrF | gain (95 % interval) | of plain's gain | BLEU | drift (95 % interval) | at ends | "
        "general score kept (95 % interval) | "
        + "".join(f"{ability} | " for ability in abilities)
        + "examples | updates | trained tokens |"
    )
    yield "|---|" + "--:|" * (len(abilities) + 10)
    for arm in arms:
        passed = "".join(f"{arm.abilities[ability]:.0f} % | " for ability in abilities)
        yield (
            f"| {arm.name} | {arm.chrf.value:.1f} | {_gain(arm, base)} | {_share(arm, base, full)} | {arm.bleu:.1f} | "
            f"{_nats(arm.drift)} | {_nats(arm.ends)} | {_percent(arm.kept.overall) if arm.kept else ''} | "
            f"{passed}{_trained(arm.trained)} |"
        )


def _gain(arm: ArmScores, base: ArmScores) -> str:
    return "" if arm is base else arm.chrf.minus(base.chrf).signed


def _nats(score: Resampled | None) -> str:
    if score is None:
        return ""
    low, high = score.ends
    return f"{score.value:.3f} ({low:.3f} to {high:.3f})"


def _share(arm: ArmScores, base: ArmScores, full: Resampled | None) -> str:
    if arm is base or full is None:
        return ""
    share = gain_share(arm.chrf, base=base.chrf, full=full).value
    return "no gain to share" if np.isnan(share) else f"{share:.0f} %"


def _trained(trained: Trained | None) -> str:
    if trained is None:
        return "| |"
    return f"{trained.examples:,.0f} | {trained.updates:,.0f} | {trained.target_tokens:,.0f}"


def _rationales(arms: Sequence[ArmScores]) -> Iterator[str]:
    """Of the arms that rehearse: how many examples have a rationale, and how many of these end by themselves."""
    yield "| arm | examples | with a rationale | of these cut off | with the same two first words |"
    yield "|---|--:|--:|--:|--:|"
    for arm in arms:
        if arm.trained is not None and arm.trained.rationales:
            one = arm.trained
            shares = f"{one.cut / one.rationales:.0%} | {one.alike / one.rationales:.0%}"
            yield f"| {arm.name} | {one.examples:,.0f} | {one.rationales:,.0f} | {shares} |"


def _stopping(stopping: Sequence[Stopping]) -> Iterator[str]:
    yield "| direction | after the translation | stops at once |"
    yield "|---|---|--:|"
    for one in stopping:
        after = "a blank line" if one.separator else "nothing"
        yield f"| {one.direction} | {after} | {one.stopped} of {one.n} ({one.stopped / one.n:.0%}) |"


def places_by_family(arms: Sequence[ArmScores]) -> dict[str, list[Place]]:
    """Where each arm stands, beside the others that differ by the rate alone; plain's begin with the backbone."""
    families: dict[str, list[Place]] = {}
    for arm in arms:
        if arm.name == BASE:
            families.setdefault(PLAIN, []).append(Place(arm.name, arm.chrf, no_drift()))
        elif arm.drift is not None:
            families.setdefault(family_of(arm.name), []).append(Place(arm.name, arm.chrf, arm.drift))
    return families


def _curves(arms: Sequence[ArmScores]) -> Iterator[str]:
    """Each arm's drift against plain fine-tuning's, and its translations against plain's at the same drift."""
    families, by_name = places_by_family(arms), {arm.name: arm for arm in arms}
    plain, first = families.pop(PLAIN, []), by_name.get(PLAIN)
    yield (
        "| arm | drift | less plain fine-tuning's (95 % interval) | apart from ends | less plain's | "
        "chrF more than plain's at the same drift |"
    )
    yield "|---|--:|--:|--:|--:|--:|"
    for place in (place for places in families.values() for place in places):
        arm, above = by_name[place.name], above_curve(place, plain)
        told = "no two of plain's rates around it" if above is None else above.signed
        elsewhere = "" if arm.elsewhere is None else f"{arm.elsewhere.value:.3f}"
        less = _less(arm.drift, first.drift) if first else ""
        less_elsewhere = _less(arm.elsewhere, first.elsewhere) if first else ""
        yield f"| {place.name} | {place.drift.value:.3f} | {less} | {elsewhere} | {less_elsewhere} | {told} |"


def _against(arms: Sequence[ArmScores], rival: str | None) -> Iterator[str]:
    """Every trained arm against the one named; without it RaDis against what costs less, by `SIMPLEST`."""
    judged = [arm for arm in arms[1:] if (family_of(arm.name) in JUDGED if rival is None else arm.name != rival)]
    rivals = [arm for arm in arms if (family_of(arm.name) in SIMPLEST if rival is None else arm.name == rival)]
    yield "| arm | against | chrF more (95 % interval) | drift | general score, points more |"
    yield "|---|---|--:|--:|--:|"
    for arm, other in ((arm, other) for arm in judged for other in rivals):
        chrf, drift = arm.chrf.minus(other.chrf).signed, _less(arm.drift, other.drift)
        kept = arm.kept.overall.minus(other.kept.overall).signed if arm.kept and other.kept else ""
        yield f"| {arm.name} | {other.name} | {chrf} | {drift} | {kept} |"


def _less(nats: Resampled | None, of: Resampled | None) -> str:
    if nats is None or of is None:
        return ""
    gap = nats.minus(of)
    low, high = gap.ends
    return f"{gap.value:+.3f} ({low:+.3f} to {high:+.3f})"


def _claims(claims: Sequence[Claim]) -> Iterator[str]:
    yield f"| claim | figure (95 % interval, {RESAMPLES} resamples) | held |"
    yield "|---|---|---|"
    for claim in claims:
        held = "cannot be told" if claim.held is None else "yes" if claim.held else "no"
        yield f"| {claim.text} | {claim.figure} | {held} |"


def _percent(score: Resampled) -> str:
    if np.isnan(score.value):
        return "no gain to share"
    low, high = score.ends
    return f"{score.value:.0f} % ({low:.0f} to {high:.0f})"
