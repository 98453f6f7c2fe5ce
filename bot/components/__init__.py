"""NLU components of the assistant: language, acute danger, needs, intent and answers to its questions."""
