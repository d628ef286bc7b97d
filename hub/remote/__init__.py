"""The hub's pages for the television and the loudspeaker: what is on, the remote, announcements, the timetable."""
