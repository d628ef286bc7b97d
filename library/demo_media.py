"""A film and a sound for the demo shelf, with their descriptions; made with ffmpeg, left out where that is missing.

The description file is put into its place last and carries a mark of all that its film was made from, so a glance at
it tells whether everything is still true.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from library import demo
from library.errors import Sentence

MEDIA = demo.CONTENT / "media"
FILM, SOUND = "phim-mot-ngay-o-ban", "dieu-nam-not"
_POSTER_AT_S = "6"


def make_media(content_dir: Path, run: Callable[[Sequence[str]], str], report: Callable[[str], None]) -> None:
    """Put the demo film and the demo sound into `content_dir`, or do next to nothing when they are there.

    Args:
        content_dir: the content folder; it is there.
        run: runs a command and returns what it printed; raises anything when it failed.
        report: takes one plain sentence for the person at the terminal.

    Raises:
        OSError: the folder cannot be written to.
    """
    with demo.alone_in(content_dir):
        for stem in (FILM, SOUND):
            if _is_true(content_dir, stem):
                continue
            if shutil.which("ffmpeg") is None:
                report(Sentence("ffmpeg is not installed, so the demo shelf has no film and no sound of its own."))
                return
            report(Sentence("Making %(name)s for the demo shelf.", name=stem))
            try:
                _make(content_dir, stem, run)
            except OSError:
                raise
            except Exception as error:  # whatever the caller's `run` raises: the books are there all the same
                report(
                    Sentence(
                        "ffmpeg could not make %(name)s, so the demo shelf comes without it: %(reason)s",
                        name=stem,
                        reason=error,
                    )
                )


def _make(content_dir: Path, stem: str, run: Callable[[Sequence[str]], str]) -> None:
    with tempfile.TemporaryDirectory(prefix="hub-demo-") as folder:
        made = Path(folder)
        if stem == FILM:
            run(demo.film_command(made / f"{stem}.mp4"))
            run(poster_command(made / f"{stem}.mp4", made / f"{stem}.jpg"))
        else:
            run(sound_command(made / f"{stem}.m4a"))
        for words in MEDIA.glob(f"{stem}.*.vtt"):
            shutil.copy(words, made)
        (made / f"{stem}.toml").write_text(_description(stem), "utf-8")
        for file in sorted(made.iterdir(), key=lambda file: file.suffix == ".toml"):
            baking = content_dir / f".{file.name}.baking"
            shutil.copyfile(file, baking)
            baking.replace(content_dir / file.name)


def _is_true(content_dir: Path, stem: str) -> bool:
    try:
        return (content_dir / f"{stem}.toml").read_text("utf-8") == _description(stem)
    except (OSError, UnicodeDecodeError):
        return False


def _description(stem: str) -> str:
    """The description file, with a mark of everything that the film or sound is made from."""
    digest = hashlib.sha256()
    sources = [
        *sorted((demo.CONTENT / "film").iterdir()),
        *sorted(MEDIA.iterdir()),
        Path(demo.__file__),
        Path(__file__),
    ]
    for source in sources:
        digest.update(source.read_bytes())
    return f"{(MEDIA / f'{stem}.toml').read_text('utf-8')}\n# {digest.hexdigest()[:16]}\n"


def poster_command(film: Path, poster: Path) -> list[str]:
    """Return the ffmpeg command that takes the poster out of the film."""
    quiet = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    return [*quiet, "-ss", _POSTER_AT_S, "-i", str(film), "-frames:v", "1", "-q:v", "6", "-f", "image2", str(poster)]


def sound_command(sound: Path) -> list[str]:
    """Return the ffmpeg command that makes the demo sound: the film's tune alone, 12 s, AAC-LC."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", demo.tune()]
    command += ["-t", "12", "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-map_metadata", "-1", "-fflags", "+bitexact"]
    return [*command, "-movflags", "+faststart", "-f", "ipod", str(sound)]
