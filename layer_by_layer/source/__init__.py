"""What people write: pages in both languages, and what each language gets of them."""
