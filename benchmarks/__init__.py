"""What is measured about Tutelage: claims of papers, speed beside peers, live teachers, and the texts for it."""
