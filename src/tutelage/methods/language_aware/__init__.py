"""Language-aware tuning: likelihood in many directions, then unlikelihood of translations under a wrong direction."""
