"""How nginx' configuration is written: words and indented blocks."""


def quoted(text: str) -> str:
    """A word of nginx' configuration.

    Raises:
        ValueError: it holds a dollar sign, by which nginx would put something else in its place.
    """
    if "$" in text:
        raise ValueError(f"nginx would take a part of {text!r} for a variable")
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{text}"'


def indented(text: str) -> str:
    """The text one step further to the right."""
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
