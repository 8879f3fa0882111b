"""What a recipe takes on much more text than it was tried on."""
