"""New sentences around the words that the student gets wrong: contexts, and analogies with contexts of their own."""
