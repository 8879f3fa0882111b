"""Text in and out: readers and writers of formats, filters with counted reasons, splits and the leakage check."""
