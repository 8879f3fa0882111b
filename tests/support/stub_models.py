"""Folders that look like a model's to those who load nothing."""

import json

FILES = ("model.safetensors", "tokenizer.json", "vocab.json", "source.spm", "target.spm")


def write_stub_model(folder, model_type):
    """Make the folder, with empty weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    for name in FILES:
        (folder / name).write_text("{}" if name == "vocab.json" else "")
    return folder
