"""New sentence pairs around the words that a student gets wrong: retrieved, written, or written as pairs."""
