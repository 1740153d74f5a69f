"""The outside world behind the ports: one SDK a file, its errors never let out."""
