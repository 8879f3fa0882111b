"""Large models and engines that correct: roles, calls, rate."""
