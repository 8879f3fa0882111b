"""The trained patcher: a local model learns a teacher's roles from its demonstrations (MT-Patcher, Li et al. 2024)."""
