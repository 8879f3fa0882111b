"""Blind rating: outputs of several systems exported for raters, their ratings imported, a chat teacher as a rater."""
