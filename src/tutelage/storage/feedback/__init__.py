"""What people corrected, kept until a run learns from it, and the keys of those who did."""

from tutelage.storage.feedback.store import Correction, FeedbackStore, Kept, Stored

__all__ = ["Correction", "FeedbackStore", "Kept", "Stored"]
