"""How well the assistant understands: measured on texts of writers it has never read. `make evaluate` writes the report."""
