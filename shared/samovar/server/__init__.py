"""Doors behind uvicorn: HTTP limits, a graceful end, several processes behind one port."""
