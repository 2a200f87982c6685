"""What the experiments with Envoy are made of: small servers of ours, readers, trials, figures."""
