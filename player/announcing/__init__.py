"""From a wish to speak to an announcement that is ready to be heard."""
