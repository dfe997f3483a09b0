"""What ran: execute chapters, and keep what they printed and trained."""
