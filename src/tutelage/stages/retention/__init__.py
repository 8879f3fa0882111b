"""What a causal student can do besides translating: asked before and after a step, compared, and judged."""
