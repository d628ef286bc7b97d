"""The province's and the technician's bench."""
