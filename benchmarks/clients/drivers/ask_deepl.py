"""DeepL's own client: `ask_deepl.py ADDRESS`."""

import sys

import deepl

client = deepl.DeepLClient("none", server_url=sys.argv[1])
print("source languages:", *(one.code for one in client.get_source_languages()))
print("target languages:", *(one.code for one in client.get_target_languages()))
print("translate:", client.translate_text("Open the file.", source_lang="EN", target_lang="PT-BR").text)
several = client.translate_text(["Open the file.", "Save %s."], target_lang="PT-BR")
print("detect and translate a list:", *(f"{one.detected_source_lang} {one.text}" for one in several))
html = client.translate_text("<p>Open the <b>file</b>.</p>", target_lang="PT-BR", tag_handling="html")
print("html:", html.text)
print("usage:", "some" if client.get_usage().character.count else "none")
