"""What `make` calls: environments, training, running, measuring."""
