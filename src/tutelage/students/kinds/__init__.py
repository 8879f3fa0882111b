"""The kinds of students, each a class: how it is loaded, told a direction, trained and decoded."""
