"""HTTP: routes.py is the sitemap, middleware.py says what an error looks like, one file per resource.

Read in this order: routes, permissions, guard, middleware, pages; then any resource.
"""
