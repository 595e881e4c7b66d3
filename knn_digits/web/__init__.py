"""Door: HTTP requests -> answers as JSON, and the one page that asks for them; see docs/serve.md."""
