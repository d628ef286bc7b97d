"""The pictures that stand on the television when no film fills it: idle screen, warnings, questions, codes."""
