"""What translators' corrections are worth: some hundreds of them, learned through the gate."""
