"""The claim of economy: what each token of a teacher buys, by how the text is chosen that it is asked about."""
