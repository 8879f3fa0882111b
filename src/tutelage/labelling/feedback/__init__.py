"""What is wrong with a hypothesis: asked of a chat teacher or found by comparison, and verified."""
