"""The claim on terms: kept before, after patching with a glossary, and with decoding that keeps them."""
