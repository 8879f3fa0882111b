"""The page: whole, self-contained, and safe with hostile text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sample_report import decide_on, make_long_report, make_report, make_step
from tutelage.core.evidence import Comparison, Score, SystemScores
from tutelage.core.records import ErrorSpan
from tutelage.evaluation.gate import decide
from tutelage.evaluation.off_target.confusion import Confusion, LanguageCount
from tutelage.evaluation.report import render_report, show_controls
from tutelage.evaluation.report_data import (
    AskedBy,
    AskedExample,
    AskedStrategy,
    AskedView,
    PatchView,
    PilotView,
    RejectionCount,
    RunReport,
)
from tutelage.evaluation.rules import parse_rules
from tutelage.evaluation.verdict import render_verdict_lines, run_verdict, share_of_ceiling

HOSTILE = '<script src="http://evil.example/x.js"></script><img onerror="alert(1)" src=x>\u202egnp.exe\x00'
VOID = {"meta", "br", "line", "circle", "rect", "polyline"}


class Balance(HTMLParser):
    """Collects elements and checks that they nest."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID and tag != "li":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag != "li":
            assert self.open.pop() == tag


def parse(page):
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    return parser


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def hostile_report() -> RunReport:
    step = make_step()
    error = ErrorSpan(0, 9, 0, 9, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    asked = AskedView(
        9, 3, 40, (AskedStrategy(HOSTILE, HOSTILE, 0.4, 0.1, 0.6, 0.02),), (AskedExample(HOSTILE, HOSTILE),),
        PilotView(2, 0.5, 0.3, 0.1, 0.5, True, 1, 0.6),
    )  # fmt: skip
    step = replace(step, asked=asked, asked_by=(AskedBy(HOSTILE, 3, 0, 0), AskedBy(HOSTILE, 3, 40, 2)))
    patch = PatchView(HOSTILE, HOSTILE, (error,), HOSTILE + " x", after=HOSTILE, reference=HOSTILE, note=HOSTILE)
    step = replace(
        step, method=HOSTILE, patches=(patch,), rejections=(RejectionCount(HOSTILE, HOSTILE, 1, HOSTILE),), funnel=()
    )
    fields = ("note", "name", "created", "version", "verdict", "student", "teacher", "machine", "recipe_toml")
    texts = dict.fromkeys((*fields, "reproduce_command"), HOSTILE)
    return replace(make_report(), steps=(step,), **texts)


@pytest.mark.parametrize(
    ("tells", "said"),
    [(None, "taken by the score below"), (True, "the rest by what it taught"), (False, "could not be chance")],
)
def test_what_was_asked_about_and_what_a_pilot_taught(tells, said):
    pilot = None if tells is None else PilotView(60, 0.41, 0.38, 0.15, 0.57, tells, 342, 0.52)
    told = AskedStrategy("length-1", "the longest ones", *(() if pilot is None else (-0.25, -0.43, -0.05, -0.04)))
    asked = AskedView(4012, 402, 8120, (told,), (AskedExample("Open it.", "place 1"),), pilot)
    text = plain(render_report(replace(make_report(), steps=(replace(make_step(), asked=asked),))))
    assert "402 of 4,012 segments" in text and said in text and "Open it. place 1" in text
    assert ("0.41 on the 60 segments of the pilot, 0.52 on the 342" in text) == (pilot is not None)
    assert ("−0.43 to −0.05" in text) == (pilot is not None)


def test_the_recipes_note_stands_beside_the_verdict_on_the_page_and_in_the_terminal():
    report = replace(make_report(), note="At random it was <2.")
    assert "At random it was &lt;2." in render_report(report)
    assert render_verdict_lines(report)[-1] == "note: At random it was <2."
    assert not any(line.startswith("note") for line in render_verdict_lines(make_report()))


def test_the_page_says_what_the_run_found():
    text = plain(render_report(make_report()))
    for said in (
        "Better.",
        "chrF 51.3",
        "+4.1",
        "95 % interval +3.4 to +4.8",
        "promoted",
        "placeholder lost",
        "tutelage run",
    ):
        assert said in text
    assert "Clique no ícone" in text


@pytest.mark.parametrize("report", [make_report(), make_long_report(), hostile_report()], ids=["one", "two", "hostile"])
def test_the_page_is_one_file_that_runs_and_fetches_nothing(report):
    parser = parse(render_report(report))
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(parser.tags)
    assert not [name for name, _ in parser.attributes if name.startswith("on") or name in ("src", "action")]
    assert all(value.startswith("#step-") for name, value in parser.attributes if name == "href")
    assert "url(" not in render_report(report) and "@import" not in render_report(report)


def test_hostile_text_is_shown_as_text():
    page = render_report(hostile_report())
    assert "<script" not in page and "<img" not in page
    assert "&lt;script" in page
    assert "\u202e" not in page and "\x00" not in page
    page.encode()


def test_what_cannot_be_seen_is_shown():
    assert show_controls("a\u202eb\x00c\n\td\ud800é\u200d") == "a⟨U+202E⟩b␀c\n\td⟨U+D800⟩é\u200d"


def test_error_spans_carry_their_severity_and_correction():
    page = render_report(make_report())
    assert '<mark class="major" title="major mistranslation → arquivo">arquivado</mark>' in page
    assert "<ins>" in page and "<del>" in page


def test_several_steps_have_an_overview():
    page = render_report(make_long_report())
    assert plain(page).count("Step by step") == 1
    assert 'id="step-1"' in page and 'id="step-2"' in page
    assert "partly promoted" in page


def test_a_bare_run_still_renders():
    step = replace(
        make_step(),
        systems=(),
        comparisons=(),
        funnel=(),
        spend=(),
        rejections=(),
        patches=(),
        losses=(),
        stage_times=(),
    )
    page = render_report(replace(make_report(), steps=(step,)))
    parse(page)
    assert 'id="step-1"' in page or "The gate" in page
    parse(render_report(replace(make_report(), steps=())))


def test_terminal_lines():
    lines = render_verdict_lines(make_report())
    assert lines[0] == "verdict: better  chrF 47.2 → 51.3 (+4.1, 95 % interval +3.4 to +4.8, p < 0.001, n = 812)"
    assert "  teacher chrF 75.2 (15 % of the way there)" in lines
    assert "  data: 4,012 segments in the pool → 1,188 trained on (30 %)" in lines
    assert lines[-1] == "  gate: passed, all 3 rules hold"


def test_terminal_lines_say_why_nothing_was_promoted():
    step = make_step()
    step = replace(step, gate=decide_on(["bleu: at least 40", "chrf: better"], step))
    lines = render_verdict_lines(replace(make_report(), steps=(step,)))
    assert lines[0].startswith("verdict: better  chrF 47.2")
    assert lines[-1] == (
        "  not promoted, bleu: at least 40: BLEU is 23.1 and the lower end of its interval 21.6, which should be at "
        "least 40.0."
    )


def several(*gates, whole):
    """A run of steps with these gates' rules, all with the same comparisons, and the comparison of them all."""
    steps = [replace(make_step(), number=n, gate=decide_on(rules, make_step())) for n, rules in enumerate(gates, 1)]
    return replace(make_report(), steps=tuple(steps), comparisons=whole, verdict=run_verdict(steps, comparisons=whole))


def with_chrf(**changes):
    chrf, *others = make_step().comparisons
    return (replace(chrf, **changes), *others)


PASSES, FAILS = ["chrf: better"], ["bleu: at least 40", "chrf: better"]
TWICE = {"before": 43.1, "difference": 8.2, "low": 7.0, "high": 9.4}


def test_several_steps_that_passed_are_judged_as_one():
    report = several(PASSES, PASSES, whole=with_chrf(**TWICE))
    assert render_verdict_lines(report)[0].startswith("verdict: better  chrF 43.1 → 51.3 (+8.2")
    undone = with_chrf(before=52.3, difference=-1.0, low=-1.5, high=-0.5)
    report = several(PASSES, PASSES, whole=undone)
    assert render_verdict_lines(report)[0].startswith("verdict: worse  chrF 52.3 → 51.3 (−1.0")


@pytest.mark.parametrize("gates", [(PASSES, FAILS), (FAILS, PASSES)])
def test_a_step_that_did_not_pass_gives_the_verdict_its_own_figures(gates):
    report = several(*gates, whole=with_chrf(**TWICE))
    first, promoted, *_ = render_verdict_lines(report)
    assert first.startswith("verdict: better  chrF 47.2 → 51.3 (+4.1")
    assert promoted.startswith("promoted student against the first: chrF 43.1 → 51.3 (+8.2")
    assert "The promoted student against the first: chrF 43.1" in plain(render_report(report))


ZERO_SHOT = Comparison("zero_shot", "off_target", 60.0, 5.0, -55.0, -58.0, -52.0, 0.001, False, 812)
OF_THE_STEP = ["zero_shot.off_target: better", "chrf: not worse"]


def ending_on_zero_shot(*, whole):
    """Two steps that passed, the last by a test set that the whole run has not."""
    last = replace(make_step(), number=2, comparisons=(*make_step().comparisons, ZERO_SHOT))
    gate = decide(parse_rules(OF_THE_STEP, tests=None), comparisons=last.comparisons, scores=last.systems)
    steps = (make_step(), replace(last, gate=gate))
    return replace(make_report(), steps=steps, comparisons=whole, verdict=run_verdict(steps, comparisons=whole))


def test_a_last_gate_on_a_test_set_of_its_step_gives_the_verdict_its_own_figures():
    first, promoted, *_ = render_verdict_lines(ending_on_zero_shot(whole=with_chrf(**TWICE)))
    assert first.startswith("verdict: better  ") and "60.0 % → 5.0 %" in first
    assert promoted.startswith("promoted student against the first: chrF 43.1 → 51.3 (+8.2")


def test_a_run_that_has_made_the_student_worse_is_worse_whatever_the_last_gate_is_about():
    undone = with_chrf(before=52.3, difference=-1.0, low=-1.5, high=-0.5)
    assert ending_on_zero_shot(whole=undone).verdict == "worse"


def test_a_last_gate_on_retention_alone_gives_the_verdict_of_its_step():
    told = replace(decide_on(PASSES, make_step()), verdict="better")
    of_level = replace(told, outcomes=(replace(told.outcomes[0], rule="retention: at least 0.97"),))
    steps = [make_step(), replace(make_step(), number=2, gate=of_level)]
    assert run_verdict(steps, comparisons=with_chrf(**TWICE)) == "better"


def test_no_promoted_student_means_no_comparison_with_one():
    report = several(FAILS, FAILS, whole=())
    assert not any("promoted student" in line for line in render_verdict_lines(report))
    assert "The promoted student" not in plain(render_report(report))


def test_share_of_the_way_to_the_teacher():
    step = make_step()
    chrf, off_target = step.comparisons[0], step.comparisons[2]
    teacher = {score.name: score for score in step.systems[4].scores}
    assert share_of_ceiling(chrf, teacher=teacher["chrf"]) == pytest.approx(100 * 4.1 / 28)
    assert share_of_ceiling(off_target, teacher=teacher["off_target"]) == pytest.approx(100 * 0.3 / 0.8)
    assert share_of_ceiling(chrf, teacher=replace(teacher["chrf"], value=40.0)) is None
    assert share_of_ceiling(chrf, teacher=None) is None


def with_languages(*, before, after):
    """The sample run with copies of the source, the references' floor, and the languages of the outputs."""
    step = make_step()
    copies = Comparison("domain", "echo", before, after, after - before, -1.0, 1.0, 0.5, False, 812)
    floor = Score("off_target", 0.37, 0.1, 0.9, 812, False, "off-target|mode:strict")
    languages = Confusion("after", "domain", "en", "pt-BR", 812, 8, 790, 5, 0, (LanguageCount("<b>", 3),), 0, 14)
    step = replace(
        step,
        comparisons=(*step.comparisons, copies),
        systems=(*step.systems, SystemScores("reference", "domain", "references", (floor,))),
        confusions=(languages,),
    )
    return replace(make_report(), steps=(step,))


def test_copies_and_empty_outputs_are_shown_where_there_are_any():
    silent, telling = with_languages(before=0.0, after=0.0), with_languages(before=2.0, after=0.5)
    assert not any("copies" in line for line in render_verdict_lines(silent))
    assert "copies of the source" not in plain(render_report(silent))
    assert any("copies of the source 2.0 % → 0.5 %" in line for line in render_verdict_lines(telling))
    assert "copies of the source" in plain(render_report(telling))


def test_the_references_stand_beside_off_target():
    report = with_languages(before=0.0, after=0.0)
    (line,) = (line for line in render_verdict_lines(report) if line.startswith("  off-target"))
    assert line.endswith("n = 812); the references: 0.4 %")
    assert "the references: 0.4 %" in plain(render_report(report))


def test_the_page_shows_the_languages_of_the_outputs():
    page = render_report(with_languages(before=0.0, after=0.0))
    parse(page)
    assert "Unknown: too short or too doubtful to tell" in plain(page)
    assert "system direction segments target source others unknown" in plain(page)
    assert "after en→pt-BR 812 790 5 3 (&lt;b&gt; 3) 14 (1.7 %)" in plain(page)
