"""From a lesson script to executed notebooks. Knows nothing of MkDocs; `docs/hooks/` does."""
