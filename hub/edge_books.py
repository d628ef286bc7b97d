"""What nginx keeps of books, as text: which answers, under which key, for how long, and how large files pass.

The rules, in the order in which they protect a reader:

* **A changed book is never answered from its old pages.** Each book's edition is part of the key. It stands in a small
  map, which `hub.edge_keeper` writes and nginx reads again before the shelf changes.
* **The site has the last word.** nginx tells it which edition it believes in; the site (`hub.kept`) allows an answer to
  be kept only if it carries that edition's own validator. Nothing else is ever kept: no page of the hub, no answer with
  a cookie, none to an address with a query, no error.
* **An answer is kept under everything it depends on:** host and scheme (they stand in its policy), gzip or not, and the
  address exactly as it was asked for.
* **Large files are not kept.** Films, and what else lies there as it is sent, pass in slices, so that a slow reader
  holds no thread of the site; that holds for every address of the site.
"""

from typing import Final

from hub.config import HubConfig

MAPS_FOLDER: Final = "edge"
"""The folder in the run folder with the map; `hub.edge_keeper` writes it."""
CACHE_FOLDER: Final = "nginx-books"
KEPT_HEADER: Final = "X-Hub-Edge"
"""nginx tells the site with it what it would keep: "book" and the edition it knows, "static", or "none"."""
NOTHING: Final = "none"
SLICED, WHOLE = "@sliced", "@whole"
"""Where the site sends nginx for files that are not kept."""
SLICE_BYTES: Final = 1024 * 1024
"""What nginx asks for at once of a large file."""
LONGEST_KEPT_S: Final = 86400

_SLUG = r"[A-Za-z0-9._~-]{1,120}"
OF_BOOKS: Final = (
    rf"^/(?:doc-)?trang/(?<book>{_SLUG})/",
    rf"^/(?:sach|phim|am-thanh)/(?<book>{_SLUG})/bia(?:(?:-nho)?/[0-9a-f]+)?$",
    rf"^/tai-ve/(?<book>{_SLUG})\.zim$",
)
"""Addresses whose answers belong to one edition of one book and to nobody in particular: pages, covers, posters,
whole books.

To add one: the name ``book`` catches the slug, the answer does not depend on cookies, language or query, and its ETag
begins with the book's edition.
"""


def shared(config: HubConfig) -> str:
    """What stands beside the servers: the cache, and what its keys are made of."""
    run = config.paths.run
    return f"""# Pages of books, ready in RAM; what nobody asked for in an hour goes.
proxy_cache_path "{run}/{CACHE_FOLDER}" levels=2 keys_zone=books:4m max_size={config.edge.cache_mb}m
    min_free=8m inactive=1h use_temp_path=off;
# Small files of a file system in RAM are read faster than they are sent page by page.
sendfile off;
output_buffers 2 64k;
open_file_cache max=4000 inactive=20s;
open_file_cache_valid 20s;

# The edition of each book that may be kept; a name that is not here is never kept.
map $book $edition {{
    default "";
    include "{run}/{MAPS_FOLDER}/*.map";
}}
map $args $keepable_edition {{
    default "";
    "" $edition;
}}
map $keepable_edition $not_kept {{
    default 0;
    "" 1;
}}
# A part of a page is always a part of its plain bytes.
map $http_range $encoding {{
    default "";
    "" $gzip;
}}
map $http_accept_encoding $gzip {{
    default "";
    "gzip, deflate" gzip;
    "gzip, deflate, br" gzip;
    "gzip, deflate, br, zstd" gzip;
    "~*gzip\\s*;\\s*q=0(\\.0*)?\\s*(,|$)" "";
    "~*(^|[\\s,])gzip\\s*(;|,|$)" gzip;
}}"""


def locations(to_site: str) -> str:
    """What stands in each server that leads to the website.

    Args:
        to_site: how a location leads there, without the headers of one kept answer or another.
    """
    places = [_kept(f'~ "{pattern}"', '"book $keepable_edition"', "$not_kept", to_site) for pattern in OF_BOOKS]
    static = _kept("/static/", '"static"', "0", to_site)
    return "\n".join([*places, static, _sliced(to_site), _whole(to_site)])


def _kept(where: str, what: str, not_kept: str, to_site: str) -> str:
    return f"""location {where} {{
    proxy_pass http://web;
    proxy_cache books;
    proxy_cache_key "$keepable_edition $scheme://$http_host $encoding $request_uri";
    proxy_cache_bypass {not_kept};
    proxy_no_cache {not_kept};
    proxy_cache_lock on;
    proxy_cache_use_stale updating error timeout http_500 http_502 http_503 http_504;
    proxy_cache_background_update on;
    proxy_cache_revalidate on;
    proxy_ignore_headers Cache-Control Expires Vary;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header {KEPT_HEADER} {what};
    proxy_set_header Accept-Encoding $encoding;
{to_site}
    proxy_buffers 16 16k;
}}"""


def _sliced(to_site: str) -> str:
    """Large files, slice by slice.

    All buffers together are far smaller than a slice. Else nginx would take whole slices in ahead of a reader who does
    not read on, one after the other, until it holds all of the file; and until an answer ends it keeps the last
    buffers of each of its slices.
    """
    return f"""location {SLICED} {{
    slice {SLICE_BYTES};
    proxy_pass http://web$request_uri;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header {KEPT_HEADER} "";
    proxy_set_header Range $slice_range;
    proxy_set_header Accept-Encoding "";
{to_site}
    proxy_buffers 3 8k;
    proxy_busy_buffers_size 16k;
}}"""


def _whole(to_site: str) -> str:
    return f"""location {WHOLE} {{
    proxy_pass http://web$request_uri;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header {KEPT_HEADER} "";
    proxy_set_header Accept-Encoding $encoding;
{to_site}
    proxy_buffers 16 16k;
}}"""
