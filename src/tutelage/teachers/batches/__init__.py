"""The same questions through the OpenAI Batch API: slower, at a discount."""
