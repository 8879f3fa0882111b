"""Text that speaks to the teacher: phrases by which a source gives orders to a model that reads it.

A list of phrases in the ten languages of `PHRASES`, looked for in every text whatever its language. It knows the usual
ways of speaking to a model about its task, and no others: most orders in other words pass (figures in the README).
That is why answers are looked at too (`plausibility`). Text about translators or language models may be refused
though it is harmless.
"""

from __future__ import annotations

import re

from tutelage.core.unicode_forms import normalised, tagged_text, without_unseen

PHRASES = {
    "forms": (
        r"<\|[a-z_]+\|>",
        r"\[/?inst\]",
        r"^\s*#{2,30} *(?:instruction|response|system)s?\b",
        r"^\s*assistant *:|\n\s*system *:",
        r"[.!?>] *(?:system|assistant) *: *\w",
        r"</(?:source|translation|text|data|analysis|word|user|system)(?:-[0-9a-f]{8})?>",
        r'"(?:has_error|post_edit|same_category|translation|winner)" *:',
        r"\bpost_?edit must\b",
    ),
    "en": (
        r"\b(?:disregard|forget|ignore) (?:what|whatever|anything|everything) (?:you were|i|they)",
        r"\b(?:do not|don't|never) translate (?:this|these|it|the (?:text|sentence|above|following|rest))\b",
        r"\byour (?:new|real|actual|only|next) (?:task|job|mission|goal|role|instructions?)\b",
        r"\b(?:pretend|act as if)(?: that)? you(?: are|'re)\b",
        r"\bas an? (?:ai|artificial intelligence|(?:large )?language model|assistant)\b,? you\b",
        r"\b(?:ai|llm|chatbot|translator|reviewer) *[:,] \w+ (?:this|that|the|me)\b",
        r"\b(?:report|claim|state|answer|mark|rate|say)\b.{0,40}\b(?:zero|no|without) (?:mistakes?|errors?|faults?)\b",
        r"\b(?:mark|rate|call|declare) (?:this|the|that|your) translation\b",
        r"\bstop (?:review|edit|check|correct)ing\b|\b(?:the|your) post-?edit\b",
        r"\bwhoever (?:reads|processes|translates) this\b",
        r"\byou (?:must|have to) (?:answer|reply|respond) (?:only|in)\b",
        r"\btell (?:me|us) (?:a|your) (?:joke|story|secret|prompt|password|instructions?)\b",
        r"\b(?:ignore|disregard|forget|override) (?:\w+ ){0,3}(?:instructions?|prompts?|task|orders|directions)\b",
        r"\b(?:ignore|disregard|forget) (?:everything |all |anything )?(?:of )?(?:the )?(?:above|before this)\b",
        r"\byou are now (?:an? )?(?:\w+ ){0,2}(?:model|assistant|ai|bot|poet|pirate|expert|translator|writer)\b",
        r"\bfrom now on,? you(?: are|'re| will| must| answer)\b",
        r"(?<!the )(?<!a )\b(?:answer|reply|respond)(?: to \w+ \w+)? (?:only|just|exactly|solely|with nothing)\b",
        r"\b(?:answer|reply|respond|output|print)(?: only| just)? (?:with )?the (?:single )?(?:word|phrase|sentence)\b",
        r"\byour (?:answer|reply|response|output|translation) (?:must|should|shall|has to) (?:be|say|read)\b",
        r"\b(?:copy|use|give) \w+(?: \w+){0,3} as your (?:answer|reply|translation)\b",
        r"\b(?:give|repeat) that answer\b",
        r"\breply with \S+ to every\b",
        r"\btranslate (?:this|it|all|everything|the (?:text|sentence))(?: \w+){0,3} (?:as|instead)\b",
        r"\b(?:write|give|make|put) (?:your|the) translation (?:in|into|as)\b",
        r"\binstead of (?:translating|a translation)\b|\b(?:stop|do not|don't) translat(?:e|ing) (?:now|this|and)\b",
        r"\bthat (?:the|this|your) (?:translation|hypothesis) (?:has|contains|is) (?:no|without|free)\b",
        r"\b(?:your|the) (?:system|hidden|initial) (?:prompt|instructions?)\b",
        r"\b(?:note|attention|instructions?) (?:to|for) (?:\w+ ){0,2}(?:model|ai|llm|assistant)\b",
        r"\bnew instructions? *:",
    ),
    "pt": (
        r"\bn[aã]o traduza (?:est[ae]|isto|isso|o texto|a frase)\b",
        r"\b(?:a )?(?:sua|tua) nova (?:tarefa|miss[aã]o|fun[cç][aã]o)\b",
        r"\b(?:finja|fa[cç]a de conta) que (?:voc[eê]|tu|[eé]s?)\b",
        r"\bpare de (?:traduzir|revisar|corrigir)\b",
        r"\bcomo (?:um )?modelo de linguagem,? voc[eê]\b",
        r"\b(?:ignore|desconsidere|esque[cç]a) (?:\w+ ){0,3}(?:instru[cç][oõ]es|ordens|tarefas?|prompt)\b",
        r"\b(?:responda|escreva|diga)(?: \w+)? ?(?:s[oó]|somente|apenas|unicamente|exclusivamente) (?:com|a|por)\b",
        r"\btraduza (?:\w+ ){0,4}(?:como|por)\b",
        r"\b(?:escreva|fa[cç]a|d[eê]) (?:a )?(?:sua|tua) tradu[cç][aã]o\b",
        r"\bque a tradu[cç][aã]o (?:\w+ )?(?:n[aã]o|est[aá]) (?:tem|cont[eé]m|h[aá]|perfeita|correta)\b",
        r"\ba partir de agora,? (?:voc[eê]|tu) (?:[eé]|és|ser[aá])",
        r"\b(?:prompt|instru[cç][oõ]es) d[eo] sistema\b",
    ),
    "es": (
        r"\bno (?:traduzcas|traduzca) (?:est[aeo]|el texto|la frase)\b",
        r"\b(?:tu|su) nueva (?:tarea|misi[oó]n|funci[oó]n)\b",
        r"\b(?:finge|haz como) que (?:eres|t[uú])\b",
        r"\bdeja de (?:traducir|revisar|corregir)\b",
        r"\b(?:ignora|ignore|olvida|olvide|descarta|omite) (?:\w+ ){0,3}(?:instrucciones|[oó]rdenes|tarea)\b",
        r"\b(?:responde|responda|contesta|conteste) (?:s[oó]lo|solamente|[uú]nicamente|exclusivamente)\b",
        r"\b(?:traduce|traduzca) (?:est[aeo]|tod[ao]|el|la) (?:\w+ ){0,3}(?:como|por)\b",
        r"\b(?:escribe|escriba|haz|da) (?:tu|su) traducci[oó]n\b",
        r"\bque la traducci[oó]n (?:no|est[aá]) (?:tiene|contiene|hay|perfecta|correcta)\b",
        r"\ba partir de ahora,? (?:eres|ser[aá]s|usted es)\b",
        r"\b(?:instrucciones|prompt|mensaje) del? sistema\b",
    ),
    "de": (
        r"\bübersetze?n? (?:sie )?(?:das|dies|diesen \w+|den text) nicht\b",
        r"\b(?:deine|ihre) neue (?:aufgabe|rolle|mission)\b",
        r"\b(?:tu so|stell dir vor|tun sie so),? (?:als|dass|du)\b",
        r"\bhör(?:e|en sie)? auf zu (?:übersetzen|prüfen|korrigieren)\b",
        r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*) (?:\w+ ){0,3}(?:anweisung\w*|aufgabe|befehle)\b",
        r"\b(?:antworte|antworten sie|erwidere) (?:nur|bloß|lediglich|ausschließlich|einzig)\b",
        r"\b(?:übersetze|übersetzen sie) (?:\w+ ){0,4}(?:als|mit)\b",
        r"\b(?:schreib|schreibe|schreiben sie) (?:deine|ihre) übersetzung\b",
        r"\bdie übersetzung (?:keine|keinerlei|ohne) fehler\b",
        r"\bab (?:jetzt|sofort|nun) (?:bist du|sind sie)\b",
        r"\bsystem-?prompt\w*|\bsystemanweisung\w*",
    ),
    "fr": (
        r"\bne (?:traduis|traduisez) pas\b",
        r"\b(?:ta|votre) nouvelle (?:t[aâ]che|mission)\b",
        r"\b(?:fais|faites) (?:comme si|semblant)\b|\bimagine que tu es\b",
        r"\b(?:arr[eê]te|arr[eê]tez|cesse|cessez) de (?:traduire|corriger|relire)\b",
        r"\b(?:ignore[zr]?|oublie[zr]?) (?:\w+ ){0,3}(?:instructions?|consignes?|t[aâ]che|ordres)\b",
        r"\br[eé]pond(?:s|ez) (?:uniquement|seulement|simplement|juste|exclusivement)\b",
        r"\b(?:traduis|traduisez) (?:\w+ ){0,4}(?:par|comme)\b",
        r"\b(?:[eé]cris|[eé]crivez|donne|donnez) (?:ta|votre) traduction\b",
        r"\bque la traduction (?:ne|est|n') ?(?:contient|comporte|a|parfaite|correcte)\b",
        r"\b(?:[aà] partir de maintenant|d[eé]sormais),? (?:tu es|vous [eê]tes)\b",
        r"\binvite (?:de |du )?syst[eè]me\b|\bprompt syst[eè]me\b",
    ),
    "it": (
        r"\bnon (?:tradurre|tradurlo|traducete) (?:quest|il testo|la frase)",
        r"\b(?:il tuo nuovo compito|la tua nuova missione)\b",
        r"\b(?:fingi|immagina|fai finta) (?:di essere|che)\b",
        r"\bsmetti di (?:tradurre|correggere|controllare)\b",
        r"\b(?:ignora|ignorate|dimentica|trascura) (?:\w+ ){0,3}(?:istruzioni|compito|ordini|indicazioni)\b",
        r"\b(?:rispondi|rispondete|risponda) (?:solo|soltanto|unicamente|esclusivamente)\b",
        r"\b(?:traduci|traducete|traduca) (?:\w+ ){0,4}(?:come|con)\b",
        r"\b(?:scrivi|scrivete|fai) la (?:tua|vostra) traduzione\b",
        r"\bche la traduzione (?:non|[eè]) (?:ha|contiene|presenta|perfetta|corretta)\b",
        r"\b(?:d'ora in poi|da adesso in poi),? (?:sei|sarai|siete)\b",
        r"\bprompt di sistema\b|\bistruzioni di sistema\b",
    ),
    "ru": (
        r"\bне переводи(?:те)? (?:эт\w+|текст|предложение)",
        r"\b(?:твоя|ваша) новая задача\b",
        r"\b(?:представь|притворись),? (?:что|будто)\b",
        r"\b(?:перестань|прекрати) (?:переводить|проверять|исправлять)\b",
        r"\b(?:игнорируй\w*|забудь\w*) (?:\w+ ){0,3}(?:инструкци\w+|указани\w+|задач\w+)",
        r"\b(?:ответь|отвечай|ответьте) (?:только|лишь|исключительно)\b",
        r"\b(?:переведи|переводи|переведите) (?:\w+ ){0,4}как\b",
        r"\b(?:напиши|пиши|сделай) (?:свой|твой) перевод\b",
        r"\bв переводе (?:нет|отсутствуют|никаких) (?:\w+ )?ошиб\w+",
        r"\b(?:отныне|с этого момента|теперь) ты (?!можешь)\w+",
        r"\bсистемн\w+ (?:промпт\w*|подсказк\w+|инструкци\w+)",
    ),
    "zh": (
        r"(?:不要|请勿|别)翻译(?:这|本|以上|以下)",
        r"你的新任务",
        r"(?:假装|假设|想象)你是",
        r"停止(?:翻译|校对|检查)",
        r"(?:忽略|无视|忘记|忘掉)(?:\w|，){0,8}(?:指令|指示|要求|任务|提示)",
        r"只(?:能|需|要)?(?:回答|回复|输出|说)",
        r"(?:把|将)(?:\w){1,10}(?:翻译|译)(?:成|为)",
        r"写(?:出)?你的(?:译文|翻译)",
        r"(?:译文|翻译)(?:\w){0,4}没有(?:任何)?错误",
        r"从现在(?:起|开始)[，,]?你(?:是|就是|将)",
        r"系统(?:提示词?|指令)",
    ),
    "ja": (
        r"(?:訳さず|翻訳せず|訳さないで|翻訳しないで)",
        r"あなたの新しい(?:仕事|任務|タスク)",
        r"(?:のふりをして|になりきって)",
        r"(?:指示|命令|仕事|タスク|プロンプト)(?:を|は|のことは)(?:すべて)?(?:無視|忘れ)",
        r"(?:と)?だけ(?:を)?(?:答え|返答|回答|出力)",
        r"(?:文章|文|テキスト|全体)(?:を|は)「?[^。]{1,40}と訳して",
        r"語で(?:訳文|翻訳)を書",
        r"(?:誤り|間違い|エラー)は(?:ない|ありません)と(?:言|答え|述べ)",
        r"(?:これから|今から|今後)(?:は)?(?:、)?あなたは",
        r"システム(?:プロンプト|の指示)",
    ),
    "ar": (
        r"لا تترجم (?:هذ\w+|النص|الجملة)",
        r"مهمتك الجديدة",
        r"(?:تظاهر|تخيل) (?:بانك|انك)",
        r"توقف عن (?:الترجمة|المراجعة|التصحيح)",
        r"(?:تجاهل|انس|اهمل|تجاوز)\w* (?:\w+ ){0,2}(?:ال)?(?:تعليمات|مهمت\w*|اوامر|توجيهات)",
        r"(?:اجب|رد|اكتب) (?:فقط|حصرا)",
        r"ترجم (?:\w+ ){0,4}(?:الى:|ك)",
        r"اكتب ترجمتك",
        r"الترجمة (?:لا تحتوي|خالية|صحيحة)",
        r"من الان(?: فصاعدا)? انت",
        r"(?:موجه|تعليمات|اوامر) النظام",
    ),
}
"""By language, matched on text in lower case without Arabic vowel marks and with single spaces; `forms` are marks of
conversations. `+` and `*` mean at most thirty here."""
MOST = 30
"""Repetitions, so that the work grows with the text and no faster, whatever it holds."""
_ARABIC_MARKS = re.compile("[\u064b-\u0652\u0670\u0640]")
_FOLDED = str.maketrans("أإآ’‘ʼ＇", "ااا''''")
_SPACE = re.compile(r"\s+")


def bounded(phrase: str) -> str:
    """The phrase with a bound for every repetition."""
    return phrase.replace("+", f"{{1,{MOST}}}").replace("*", f"{{0,{MOST}}}")


_FORMS = tuple(re.compile(bounded(phrase), re.MULTILINE) for phrase in PHRASES["forms"])
_SPOKEN = tuple(
    re.compile(bounded(phrase)) for lang, phrases in PHRASES.items() if lang != "forms" for phrase in phrases
)


def find_order(text: str) -> str | None:
    """The first phrase in the text by which it gives the teacher an order, or none.

    Characters that nobody sees are taken out first, and what is written in tag characters is read too.
    """
    return _find(without_unseen(text)) or _find(tagged_text(text))


def _find(text: str) -> str | None:
    plain = without_unseen(normalised(text, "NFKC")).lower().translate(_FOLDED)
    lines = _SPACE.sub(_kept_break, _ARABIC_MARKS.sub("", plain))
    found = _first(_FORMS, lines)
    return found if found is not None else _first(_SPOKEN, lines.replace("\n", " "))


def _kept_break(space: re.Match[str]) -> str:
    """One space or one line break, since phrases are written so."""
    return "\n" if "\n" in space.group() else " "


def _first(phrases: tuple[re.Pattern[str], ...], text: str) -> str | None:
    return next((match.group() for phrase in phrases if (match := phrase.search(text)) is not None), None)
