"""What a translation must carry over unchanged: recognised, masked for the model, put back, compared."""
