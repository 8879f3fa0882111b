"""How hard the package is to hold in the head: figures of its files and imports, and of the way a recipe takes."""
