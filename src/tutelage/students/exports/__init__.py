"""Students as other programs take them: the kinds of folders, and how each is opened again."""
