"""Programs that speak to translation servers, each in an environment of its own, against a server of ours."""
