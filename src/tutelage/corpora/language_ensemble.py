"""Several language identifiers and the text's script vote; without a majority there is no answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tutelage.core.languages import base_language
from tutelage.core.protocols import IdentifiedLanguage
from tutelage.core.scripts import is_written_in, main_script
from tutelage.corpora.language_id import MIN_WORDS, UNDETERMINED, ScriptAwareIdentifier

MIN_WORDS_AGREED = 3
"""Of segments of 3 and 4 words, py3langid and lid.176.ftz agree on 64 %, and are right for 99.5 % of these
(`benchmarks/off_target/identifiers.py`); of shorter ones they agree on too few to be worth asking."""


class EnsembleIdentifier:
    """Members that each abstain below their own floors, and agree or give no answer.

    A language needs the votes of more than half of the members, and more than half of all votes when the script votes
    too, for every language that is written in it. Below five words all members must agree.
    """

    def __init__(self, members: Sequence[ScriptAwareIdentifier]) -> None:
        self.members = tuple(members)

    @property
    def signature(self) -> str:
        """Those of the members."""
        return f"ensemble[{';'.join(member.signature for member in self.members)}]"

    def identify(self, text: str, *, among: Sequence[str]) -> IdentifiedLanguage | None:
        """The language that wins the vote, or none; one that was not asked about is put to all members."""
        languages = {base_language(code) for code in among}
        found = self._ask(text, languages)
        others = {one.lang for one in found} - languages - {UNDETERMINED}
        if others:
            found = self._ask(text, languages | others)
        return _elect(found, text=text, voters=len(self.members))

    def knows(self, lang: str) -> bool:
        """Whether all members know it; the votes of those that do would be too few."""
        return all(member.knows(lang) for member in self.members)

    def label(self, text: str) -> str:
        """The label that most members give; the first member's if no label has more votes than the others."""
        labels = Counter(member.label(text) for member in self.members)
        return labels.most_common(1)[0][0]

    def _ask(self, text: str, languages: set[str]) -> list[IdentifiedLanguage]:
        answers = (member.identify(text, among=sorted(languages)) for member in self.members)
        return [answer for answer in answers if answer is not None]


def _elect(found: Sequence[IdentifiedLanguage], *, text: str, voters: int) -> IdentifiedLanguage | None:
    if not found:
        return None
    lang, votes = Counter(one.lang for one in found).most_common(1)[0]
    script = main_script(text)
    by_script = script is not None and lang != UNDETERMINED and is_written_in(lang, script=script)
    needed = voters if len(text.split()) < MIN_WORDS else voters // 2 + 1
    if votes < needed or 2 * (votes + by_script) <= voters + 1:
        return None
    return IdentifiedLanguage(lang, sum(one.confidence for one in found if one.lang == lang) / votes)
