<<<<<<< HEAD
"""HTTP: routes.py is the sitemap; one module per resource."""
=======
"""HTTP: routes.py is the sitemap, middleware.py says what an error looks like, one file per resource.

Read in this order: routes, permissions, middleware, security, pages; then any resource.
"""
>>>>>>> 3637bcd (wip)
