"""Weblate's own classes of machine translation, without a database: `ask_weblate.py ADDRESS`."""

import os
import sys
import tempfile
import types
from unittest.mock import MagicMock

sys.modules.update({name: MagicMock() for name in ("cairo", "gi", "gi.repository")})  # what draws its badges

import weblate.settings_example as given  # noqa: E402

settings = types.ModuleType("tried_settings")
settings.__dict__.update({name: value for name, value in vars(given).items() if name.isupper()})
settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
settings.DATA_DIR = settings.CACHE_DIR = tempfile.mkdtemp()
settings.SECRET_KEY = "none" * 16
sys.modules["tried_settings"] = settings
os.environ["DJANGO_SETTINGS_MODULE"] = "tried_settings"

import django  # noqa: E402

django.setup()

from weblate.machinery.deepl import DeepLTranslation  # noqa: E402
from weblate.machinery.libretranslate import LibreTranslateTranslation  # noqa: E402

TEXTS = [("Open the file.", None), ("Save the document in a folder.", None)]

libre = LibreTranslateTranslation({"url": sys.argv[1], "key": ""})
print("LibreTranslate, languages:", *sorted(libre.download_languages()))
codes = libre.map_language_code("en"), libre.map_language_code("pt_BR")
print("LibreTranslate, supported:", libre.is_supported(*codes))
found = libre.download_multiple_translations(*codes, TEXTS)
print("LibreTranslate, translate:", *(found[text][0]["text"] for text, _ in TEXTS))

deepl = DeepLTranslation({"url": f"{sys.argv[1]}/v2", "key": "none"})
deepl.get_glossary_id = lambda *_: None  # asks the project's glossary in the database
pairs = sorted(deepl.download_languages())
print("DeepL, languages:", *(f"{source}>{target}" for source, target in pairs))
found = deepl.download_multiple_translations("EN", "PT-BR", TEXTS)
print("DeepL, translate:", *(found[text][0]["text"] for text, _ in TEXTS))
tagged = 'Save <x id="7"></x> now.'
found = deepl.download_multiple_translations("EN", "PT-BR", [(tagged, None)])
print("DeepL, placeholders:", found[tagged][0]["text"])
