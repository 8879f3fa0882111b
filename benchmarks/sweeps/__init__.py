"""The figures of the papers that vary one setting, each as a sweep."""
