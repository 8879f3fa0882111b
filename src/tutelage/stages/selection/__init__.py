"""What of the pool a teacher is asked about, chosen before it is asked, from what costs nothing."""
