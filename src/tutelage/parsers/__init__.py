"""Programs that parse sentences, each behind `core.protocols.Parser`; all of them are optional."""
