"""The database's versions (Alembic), run by «python -m web db upgrade»."""
