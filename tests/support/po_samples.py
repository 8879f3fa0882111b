"""A PO file and a gettext catalogue with everything that such files may hold."""

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

#: main.c:1
msgctxt "menu"
msgid "Open"
msgstr "Abrir"

msgid "%d file"
msgid_plural "%d files"
msgstr[0] "%d arquivo"
msgstr[1] "%d arquivos"

#, fuzzy
msgid "Close"
msgstr "Abrir"

msgid "Untranslated"
msgstr ""

#~ msgid "Old"
#~ msgstr "Velho"
"""
CATALOGUE = {
    "": {"language": "pt-BR", "plural_forms": "nplurals=2; plural=(n != 1);"},
    "%1 Item": ["%1 item", "%1 itens"],
    "menu\x04Open": ["Abrir"],
    "Nothing": [""],
    "Jed": [None, "Jed de antes"],
}
