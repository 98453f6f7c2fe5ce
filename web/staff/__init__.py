"""What the front desk meets."""
