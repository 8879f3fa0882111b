"""How well a teacher finds errors that were planted, and which form of feedback suits it."""
