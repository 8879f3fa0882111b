"""The kinds of teachers, each one entry: what its table holds, how it is opened, checked, priced and signed."""
