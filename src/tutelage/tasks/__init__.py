"""What else a person does with students: translate, paraphrase, evaluate, abilities, probe, words, judge."""
