"""The overview for leaders: counting, hiding small numbers, and what is shown. Without Flask.

Why it counts as it does, and what nobody can find out from it: docs/decisions/0015-statistics.md.
"""
