"""What plugs into the ports: one SDK a file."""
