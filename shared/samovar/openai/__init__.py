"""OpenAI's requests as predict takes them, and what predict answers in OpenAI's shapes."""
