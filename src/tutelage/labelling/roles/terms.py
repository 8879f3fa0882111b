"""What a teacher is told of a glossary: the terms that occur in what it is asked about, and no others."""

from __future__ import annotations

from collections.abc import Iterable

from tutelage.core.glossary.glossary import Glossary, Occurrence
from tutelage.teachers.messages import delimit

TOLD = "The translation must keep to these terms, in whatever form the sentence needs:"


def tell_terms(instruction: str, sources: Iterable[str], glossary: Glossary | None) -> str:
    """The instruction, and behind it the terms of the sources; as it is if there are none."""
    if glossary is None:
        return instruction
    lines = dict.fromkeys(_line(one) for source in sources for one in glossary.occurrences(source))
    return f"{instruction}\n\n{TOLD}\n{delimit(chr(10).join(lines), name='terms')}" if lines else instruction


def _line(occurrence: Occurrence) -> str:
    """`file (noun): arquivo, or documento; not ficheiro`."""
    kinds = dict.fromkeys(term.part_of_speech for term in occurrence.terms if term.part_of_speech)
    name = f"{occurrence.name} ({', '.join(kinds)})" if kinds else occurrence.name
    if any(term.is_kept for term in occurrence.terms):
        return f"{name}: not translated"
    forbidden = [term.target for term in occurrence.terms if term.forbidden]
    parts = [", or ".join(occurrence.allowed)] if occurrence.allowed else []
    parts += [f"not {', nor '.join(forbidden)}"] if forbidden else []
    return f"{name}: {'; '.join(parts)}"
