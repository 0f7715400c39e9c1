"""What keeps a library healthy: recovery after a crash."""
