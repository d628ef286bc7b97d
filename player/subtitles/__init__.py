"""Subtitles as people saved them, made ready for the screen: UTF-8, with composed letters."""
