"""What live chat models make of every role."""
