"""Whether a sentence negates, by a table of words: enough to see a negation that a paraphrase lost or added.

Two kinds of words: those that negate, and those that may stand for a negation ("it could not be opened", "it failed to
open"). Where one sentence has a word of the first kind, the other must have one of either. Scope is not looked at: two
negations count as one, and a negation that moves to another part of the sentence is not seen.
"""

from __future__ import annotations

import re

from tutelage.core.languages import base_language

NEGATING = {
    "en": "no not none never nobody nothing nowhere neither nor cannot without n't",
    "pt": "não nem nunca jamais ninguém nada nenhum nenhuma sem",
    "es": "no ni nunca jamás nadie nada ningún ninguno ninguna sin tampoco",
    "fr": "ne n' ni jamais aucun aucune rien personne sans nul nulle non",
    "it": "non né mai nessun nessuno nessuna niente nulla senza no",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts nirgends weder ohne nein",
}
"""Words that negate, by language."""
STANDING_FOR = {
    "en": "unable impossible unlikely unless except fail fails failed failing failure refuse refuses refused lack "
    "lacks lacked lacking absent absence missing hardly barely rarely seldom prevent prevents prevented avoid avoids "
    "avoided stop stops stopped forbid forbids forbidden deny denies denied false invalid unknown unavailable disabled "
    "little few only",
    "pt": "impossível incapaz falha falhou exceto faltar falta faltam ausente impedir impede evitar evite proibido "
    "inválido desconhecido indisponível desativado raramente pouco poucos salvo só apenas deixar deixa",
    "es": "imposible incapaz falla falló excepto faltar falta faltan ausente impedir impide evitar evite prohibido "
    "inválido desconocido desactivado raramente apenas poco pocos salvo sólo solo dejar deja",
    "fr": "impossible incapable échoue échoué sauf manquer manque manquent absent empêcher empêche éviter évitez "
    "interdit invalide inconnu indisponible désactivé rarement peu seulement que",
    "it": "impossibile incapace fallisce fallito eccetto mancare manca mancano assente impedire impedisce evitare "
    "evita vietato sconosciuto disattivato raramente poco pochi solo tranne",
    "de": "unmöglich unfähig scheitert gescheitert außer fehlt fehlen fehlend verhindern verhindert vermeiden "
    "vermeidet verboten ungültig unbekannt deaktiviert selten kaum wenig wenige nur",
}
"""Words that may stand for a negation, by language."""
LANGUAGES = tuple(NEGATING)

_APOSTROPHE = str.maketrans({"’": "'"})
_WORD = re.compile(r"n't\b|\bn'|[^\W\d_]+")
"""`n't` and `n'` are words of their own: "doesn't" is "does" and "n't"."""
_CONTRACTED = re.compile(r"n't\b")


def negation_changed(source: str, paraphrase: str, *, lang: str) -> bool:
    """Whether only one of the two negates; never in a language that has no table."""
    base = base_language(lang)
    if base not in NEGATING:
        return False
    first, second = _words(source), _words(paraphrase)
    negating = set(NEGATING[base].split())
    either = negating | set(STANDING_FOR[base].split())
    return _only_first(first, second, negating, either) or _only_first(second, first, negating, either)


def _only_first(first: set[str], second: set[str], negating: set[str], either: set[str]) -> bool:
    return bool(first & negating) and not second & either


def _words(text: str) -> set[str]:
    plain = text.translate(_APOSTROPHE).casefold()
    return set(_WORD.findall(_CONTRACTED.sub(" n't", plain)))
