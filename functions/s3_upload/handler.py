"""The upload door: an object under uploads/<model>/ becomes a job. Wiring only."""

from samovar.wiring import upload_handler

handler = upload_handler()
