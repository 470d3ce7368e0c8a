"""HTTP: routes.py is the sitemap; one module per resource."""
