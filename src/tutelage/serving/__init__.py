"""Students at work behind HTTP: the queue, the translator, what clients speak, the page, and what people correct."""
