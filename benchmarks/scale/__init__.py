"""What labelling costs when there is much of it: stages at the same time, several processes, a plan."""
