"""What patching asks of a chat teacher; each role renders a question and verifies the answer."""
