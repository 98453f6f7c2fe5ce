"""What families and young people meet."""
