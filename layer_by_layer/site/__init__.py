"""What readers get: the site, its slides, its PDFs."""
