"""The command that lists the formats of text."""

from __future__ import annotations

from tutelage.cli.options import Json
from tutelage.cli.output import align, print_found


def formats(as_json: Json = False) -> None:
    """List the formats of text that are read and written back, with their suffixes.

    Example: tutelage formats
    """
    from tutelage.corpora.formats.registry import FACTS, FORMATS

    rows = [["format", "suffixes", "languages a file", "what it is"]]
    for name in FORMATS:
        facts = FACTS.get(name)
        rows.append([name, " ".join(facts.suffixes), facts.languages, facts.what] if facts else [name, "", "", ""])
    found = [
        {"name": name, "suffixes": suffixes.split(), "languages": languages, "what": what}
        for name, suffixes, languages, what in rows[1:]
    ]
    print_found(found, align(rows), as_json=as_json)
