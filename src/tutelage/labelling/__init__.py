"""What a teacher is asked, and what becomes of it."""
