"""A hypothesis beside a correct translation: agreement, alignment, error spans, the feedback that follows."""
