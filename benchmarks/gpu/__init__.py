"""The container on a GPU, where there is one, against bare sessions on the same device."""
