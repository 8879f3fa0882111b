"""The claim of learning: what the same answers of a teacher give by how they are learned, on the domain and beside."""
