"""What students get: assignments, without their solutions."""
