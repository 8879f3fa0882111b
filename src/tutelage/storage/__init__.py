"""What is kept: record tables, the run folder and the ledger. Imports only core."""
