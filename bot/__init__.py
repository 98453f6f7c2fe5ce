"""The assistant: Rasa Open Source with its own channel, components, replies and memory."""
