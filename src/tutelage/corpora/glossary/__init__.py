"""Glossaries from their files: tables, TBX, or any bilingual text."""
