"""Readers and writers of text, one file a format; `registry` names them, `units` is what localisation files share."""
