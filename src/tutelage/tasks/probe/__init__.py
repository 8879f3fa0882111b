"""How well a teacher finds errors that were planted."""
