"""The claim of language-aware tuning."""
