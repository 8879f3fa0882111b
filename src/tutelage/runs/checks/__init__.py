"""What can be known of a recipe before a model is loaded or a call is paid."""
