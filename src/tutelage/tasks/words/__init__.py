"""Word-list test sets: made from a glossary and text, and scored."""
