"""The stages that methods share."""
