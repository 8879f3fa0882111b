"""Which stages depend on which field of a recipe: what a stage reads must be in its key.

Each rule is a pattern of fields' paths, after the recipe's name and a colon if it holds for that alone, and all stages
that read these fields themselves, by the ends of their names in run.json; what is made of these follows. The first
pattern that matches a field counts. A new field is without a rule until it is given one, and the test of the keys fails
for it.
"""

import re
from fnmatch import fnmatch

EVERY_STAGE = ("*",)
NOTHING = ()
"""No stage may get another key: where and how fast things are done, and what may be spent."""
UNTOLD = None
"""No claim: it decides which stages there are, or is told by other fields."""
BY_STUDENT = tuple(
    f"{test}-{system}"
    for test in ("domain", "general", "en-de", "pt-BR-en", "pt-BR-de")
    for system in ("before", "stage-1", "after")
)
"""Outputs of students on test sets."""
DECODED = ("hypotheses", "pool_hypotheses", "agreements", "threshold", *BY_STUDENT, "answers-*")
"""Stages in which a student is decoded."""
ASKED = ("translations", "feedback", "threshold", "analyses", "named", "paraphrases", "*-teacher")
"""Stages in which the step's teacher is asked."""
TRANSLATED = ("translations", "threshold", "*-teacher")
"""Stages in which it translates segments."""
WRITTEN = ("feedback", "analyses", "analogies", "named", "demonstrations")
"""Stages in which a chat teacher is asked with the seed of the recipe."""

SIFTED = ("post_edits", "contexts")
"""Stages in which people's text is sifted; what follows is made of these."""

RULES = (
    (r"glossary", UNTOLD),
    (r"retention|teachers|step\.0\.directions", UNTOLD),
    (r"name|step\.0\.method|student\.(adapter|fresh|shots)|text\.\w+|retention\.lm_eval", UNTOLD),
    (r"evaluation\.(contrastive|examples_in_report)|step\.0\.(rationales|instructions)|.*\.lora", UNTOLD),
    (r"step\.0\.directions\.\d\.(path|test)", UNTOLD),
    (r"ledger|stages|note|runner\.\w+|budget\.\w+|export(\.\w+)?", NOTHING),
    (r"teachers\.\w+\.(base_url|api_key_env|concurrency|threads|timeout_seconds|prices|\w+_price|batch\w*)", NOTHING),
    (r"teachers\.\w+\.(structured|headers|query)", NOTHING),
    (r"teachers\.\w+\.(compute_type|kind)", UNTOLD),
    (r"teachers\.writer\.(model|max_tokens|temperature|segments_per_call)", UNTOLD),
    (r"paraphrase:teachers\.\w+\.segments_per_call", NOTHING),
    (r"teachers\.\w+\.segments_per_call", TRANSLATED),
    (r"teachers\.\w+\.(model|max_tokens|temperature)", ASKED),
    (r"direction\.(source|target)", EVERY_STAGE),
    (r"(patch-jupyterlab|learn-from-memory):seed", ("student", "ask_scores", "neighbours", "selected")),
    (r"seed", (*("student", "fresh", "asked", "ask_scores", "neighbours", "selected", "conflicts"), *WRITTEN)),
    (r"student\.fresh\..*", ("fresh",)),
    (r"train-patcher:student\.model", ("answers-*", "examples", "student")),
    (r"student\.model", (*DECODED, "confidences", "asked", "student")),
    (r"student\.(engine|compute_type)", (*DECODED, "rationales", "rewritten", "abilities-*")),
    (r"student\.protect", (*DECODED, "rationales", "rewritten", "student")),
    (r"student\.half", ("student",)),
    (r"student\.protect", (*DECODED, "confidences", "student")),
    (r"radis:student\.shots\.path", NOTHING),
    (r"student\.(instruction|shots\..*)", ("asked",)),
    (r"paraphrase:text\.pool\..*", ("pool", "fresh")),
    (r"text\.pool\..*", ("pool",)),
    (r"base-en-pt:text\.parallel\..*", ("examples", "fresh")),
    (r"text\.parallel\..*", ("pairs", "fresh", "asked")),
    (r"text\.(post_edits|drafts)\..*", ("post_edits",)),
    (r"text\.(sentences|memory)\..*", ("contexts",)),
    (r"filters\.near_duplicates", ("distinct",)),
    (r"learn-from-memory:step\.0\.(contexts\.source|analogies\..*)", UNTOLD),
    (r"learn-from-memory:step\.0\.mode", (*SIFTED, "errors", "examples")),
    (r"learn-from-memory:text\.dev\..*", ("student", *SIFTED)),
    (r"learn-from-memory:text\.test\..*", ("domain-*", *SIFTED)),
    (r"learn-from-memory:text\.general\..*", ("general-*", *SIFTED)),
    (r"learn-from-memory:(filters\..*|evaluation\.language_id)", SIFTED),
    (r"text\.dev\..*", ("threshold", "student", "pool", "pairs", "asked")),
    (r"text\.test\..*", ("domain-*", "pool", "pairs", "asked")),
    (r"text\.general\..*", ("general-*", "pool", "pairs", "asked")),
    (r"filters\.least", ("pool", "pairs", "contexts", "scores")),
    (r"filters\..*", ("pool", "pairs", "contexts")),
    (r"evaluation\.language_id", ("pool", "pairs", "contexts", "rehearsed", "scores")),
    (r"evaluation\.max_target_tokens", (*DECODED, "rewritten")),
    (r"evaluation\.(beam_size|contrastive\..*)", DECODED),
    (r"evaluation\.metrics", ("scores",)),
    (r"(radis|language-aware|train-patcher|learn-from-memory):evaluation\.teacher_scores", NOTHING),
    (r"(paraphrase|train-patcher):evaluation\.off_target", NOTHING),
    (r"evaluation\.(resamples|off_target|teacher_scores)", ("scores",)),
    (r"radis:retention\.(arithmetic|drift)", UNTOLD),
    (r"retention\..*", ("abilities-*",)),
    (r"step\.0\.gate", ("gate",)),
    (r"step\.0\.(teacher|rounds|pool_each_round|stop_when_within_noise|least_gain)", UNTOLD),
    (r"step\.0\.(stage_1|stage_2|baselines\..*)", UNTOLD),
    (r"step\.0\.leave_out", UNTOLD),
    (r"step\.0\.(feedback\.(teacher|second|source|explain|terms)|contexts\.writer|analogies\.teacher)", UNTOLD),
    (r"step\.0\.rationales\.(teacher|model|source|refresh)", UNTOLD),
    (r"step\.0\.rationales\.filters\..*", ("rehearsed",)),
    (r"step\.0\.rationales\..*", ("rationales",)),
    (r".*train\.(processes|sharding)", NOTHING),
    (r".*train\.objective", UNTOLD),
    (r"step\.0\.train\..*", ("student",)),
    (r"step\.0\.ask", UNTOLD),
    (r"step\.0\.ask\.embedder", ("neighbours", "ask_scores", "chosen")),
    (r"step\.0\.(share|ask\..*)", ("ask_scores", "chosen")),
    (r"step\.0\.threshold", ("feedback",)),
    (r"step\.0\.feedback\.(verified|post_edit_first|examples|minimal)", ("feedback",)),
    (r"step\.0\.select\..*", ("selected",)),
    (r"step\.0\.contexts\.(analysis|drawn)", UNTOLD),
    (r"step\.0\.contexts\.(source|per_error)", ("contexts", "demonstrations")),
    (r"step\.0\.(contexts\.)?max_errors", ("errors",)),
    (r"step\.0\.analogies\.contexts_per_analogy", ("analogy_contexts",)),
    (r"step\.0\.analogies\..*", ("analogies",)),
    (r"step\.0\.(rehearsal\.ratio|max_exposure)", ("examples",)),
    (r"step\.0\.rehearsal\.by", NOTHING),
    (r"step\.0\.corrections\.(corrected_weight|contrast)", ("student",)),
    (r"step\.0\.corrections\..*", NOTHING),
    (r"patch-jupyterlab:step\.0\.mode", ("errors", "contexts", "examples")),
    (r"step\.0\.mode", ("feedback", "contexts", "examples", "demonstrations")),
    (r"step\.0\.(target|rewriting\.min_agreement)", ("examples",)),
    (r"step\.0\.rewriting\.temperature", ("rewritten",)),
    (r"step\.0\.directions\.2\.(path|limit)", UNTOLD),
    (r"step\.0\.directions\.0\.test\..*", ("pairs", "en-de-*")),
    (r"step\.0\.directions\.1\.test\..*", ("pairs", "pt-BR-en-*")),
    (r"step\.0\.directions\.2\.test\..*", ("pairs", "pt-BR-de-*")),
    (r"step\.0\.directions\.\d\..*", ("pairs",)),
    (r"step\.0\.unlikelihood\.(conflicts|refreshed)", ("conflicts",)),
    (r"step\.0\.unlikelihood\..*", ("stage-2/student",)),
    (r"step\.0\.(embedder|parser|fluency)", UNTOLD),
    (r"step\.0\.translator", ("hypotheses",)),
    (r"step\.0\.words_per_aspect", ("named",)),
    (r"step\.0\.(roles|held_out)", ("demonstrations",)),
    (r"step\.0\.measured_per_role", ("answers-*",)),
    (r"step\.0\.via|step\.0\.decoding\.(diversity_penalty|temperature|top_p)", UNTOLD),
    (r"step\.0\.(style|count)", ("paraphrases", "domain-teacher")),
    (r"step\.0\.filters\..*", ("pairs",)),
    (r"step\.0\.control", ("examples",)),
    (r"step\.0\.decoding\.(search|outputs)", BY_STUDENT),
    (r"step\.0\.decoding\.level", ("domain-after",)),
)  # fmt: skip


def readers_of(path, *, recipe=""):
    """The stages that read a field of a recipe themselves; LookupError for a field without a rule."""
    for pattern, stages in RULES:
        if re.fullmatch(pattern, path) or re.fullmatch(pattern, f"{recipe}:{path}"):
            return stages
    raise LookupError(f"no rule says which stages read '{path}': give it one in {__file__}")


def reads(stage, stages):
    """Whether a stage, by its name in run.json, is one of those."""
    return any(one == "*" or fnmatch(f"/{stage}", f"*/{one}") for one in stages)
