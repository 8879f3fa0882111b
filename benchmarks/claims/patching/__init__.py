"""The claim of MT-Patcher at scale-model size."""
