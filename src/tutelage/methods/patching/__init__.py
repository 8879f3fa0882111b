"""Patching: selective, extendable distillation (MT-Patcher, Li et al. 2024, arXiv 2403.09522)."""
