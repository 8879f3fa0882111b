"""LibreTranslate's own client: `ask_libretranslatepy.py ADDRESS`."""

import sys

from libretranslatepy import LibreTranslateAPI

client = LibreTranslateAPI(sys.argv[1])
print("languages:", *sorted(one["code"] for one in client.languages()))
print("detect:", client.detect("Open the file that I gave you, please.")[0]["language"])
print("translate:", client.translate("Open the file.", "en", "pt"))
