"""The promoted student of a run as a folder for other programs, if it comes through as good as it was."""
