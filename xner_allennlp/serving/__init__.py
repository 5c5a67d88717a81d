"""
Tagging over HTTP: an endpoint for programs and a page for people. It needs FastAPI and uvicorn, so
the modules are imported where they are used.
"""
