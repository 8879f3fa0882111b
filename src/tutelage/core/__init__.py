"""Values and contracts that every other folder speaks in. No disk, no network, no torch."""
