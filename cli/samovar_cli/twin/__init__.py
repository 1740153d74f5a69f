"""The local twin: the application of template.yaml on this machine, without an account."""
