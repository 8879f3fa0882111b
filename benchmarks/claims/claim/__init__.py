"""What all claims share: arms and their runs with several seeds, scores over common resamples, tables, the command."""
