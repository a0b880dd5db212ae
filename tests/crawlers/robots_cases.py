"""When Google's open robots.txt parser allows what: the facts of its published tests, as tables of our own making.

Each case: a name, the lines of a robots.txt, and for (agent, path) whether it may be fetched. Left out are the cases of
an empty address or agent and of an address that is not percent-encoded, which a crawler never asks about.
"""

from __future__ import annotations

Asked = dict[tuple[str, str], bool]
FOO, BAR, BAZ, QUX = "FooBot", "BarBot", "BazBot", "QuxBot"
_CLOSED = ("user-agent: FooBot", "disallow: /")
_GROUPS = (
    "allow: /foo/bar/", "", "user-agent: FooBot", "disallow: /", "allow: /x/", "user-agent: BarBot", "disallow: /",
    "allow: /y/", "", "", "allow: /w/", "user-agent: BazBot", "", "user-agent: FooBot", "allow: /z/", "disallow: /",
)  # fmt: skip
_CASED = {("FooBot", "/x/y"): True, ("FooBot", "/a/b"): False}
_SPACED = {(name, path): path == "/x/y" for name in ("Foo", "foo") for path in ("/x/y", "/a/b")}
_LINE = 8 * 2083 - 1  # bytes of a line that count
_LONG = "/x/".ljust(
    _LINE - len("disallow: /"), "a"
)  # with its name in front and a slash behind, the longest line
_LONG_A, _LONG_B = ("/x/".ljust(_LINE - len("allow: /"), letter) for letter in "ab")


def _for(agent: str, allowed: tuple[str, ...], refused: tuple[str, ...]) -> Asked:
    return {(agent, path): True for path in allowed} | {(agent, path): False for path in refused}


_FISH = (
    ("/fish", "/fish.html", "/fish/salmon.html", "/fishheads", "/fishheads/yummy.html", "/fish.html?id=anything"),
    ("/bar", "/Fish.asp", "/catfish", "/?id=fish"),
)  # fmt: skip

CASES: list[tuple[str, tuple[str, ...], Asked]] = [
    ("nothing said", (), {(FOO, "/"): True}),
    ("closed to one", _CLOSED, {(FOO, "/x/y"): False, (BAR, "/x/y"): True}),
    ("unknown words", ("foo: FooBot", "bar: /"), {(FOO, "/x/y"): True}),
    ("colons left out", ("user-agent FooBot", "disallow /"), {(FOO, "/x/y"): False}),
    (
        "groups",
        _GROUPS,
        {
            (FOO, "/x/b"): True, (FOO, "/z/d"): True, (FOO, "/y/c"): False, (BAR, "/y/c"): True, (BAR, "/w/a"): True,
            (BAR, "/z/d"): False, (BAZ, "/z/d"): True, (FOO, "/foo/bar/"): False, (BAR, "/foo/bar/"): False,
            (BAZ, "/foo/bar/"): False,
        },
    ),
    (
        "a sitemap ends no group",
        ("User-agent: BarBot", "Sitemap: https://foo.bar/sitemap", "User-agent: *", "Disallow: /"),
        {(FOO, "/"): False, (BAR, "/"): False},
    ),
    (
        "an unknown line ends no group",
        ("User-agent: FooBot", "Invalid-Unknown-Line: unknown", "User-agent: *", "Disallow: /"),
        {(FOO, "/"): False, (BAR, "/"): False},
    ),
    ("upper case", ("USER-AGENT: FooBot", "ALLOW: /x/", "DISALLOW: /"), _CASED),
    ("lower case", ("user-agent: FooBot", "allow: /x/", "disallow: /"), _CASED),
    ("mixed case", ("uSeR-aGeNt: FooBot", "AlLoW: /x/", "dIsAlLoW: /"), _CASED),
    ("agents in upper case", ("User-Agent: FOO BAR", "Allow: /x/", "Disallow: /"), _SPACED),
    ("agents in lower case", ("User-Agent: foo bar", "Allow: /x/", "Disallow: /"), _SPACED),
    ("agents in mixed case", ("User-Agent: FoO bAr", "Allow: /x/", "Disallow: /"), _SPACED),
    (
        "an agent up to its first space",
        ("User-Agent: *", "Disallow: /", "User-Agent: Foo Bar", "Allow: /x/", "Disallow: /"),
        {("Foo", "/x/y"): True, ("Foo Bar", "/x/y"): False},
    ),
    (
        "the group for all comes second",
        ("user-agent: *", "allow: /", "user-agent: FooBot", "disallow: /"),
        {(FOO, "/x/y"): False, (BAR, "/x/y"): True},
    ),
    (
        "only others are named",
        ("user-agent: FooBot", "allow: /", "user-agent: BarBot", "disallow: /", "user-agent: BazBot", "disallow: /"),
        {(QUX, "/x/y"): True},
    ),
    ("a path in lower case", ("user-agent: FooBot", "disallow: /x/"), {(FOO, "/x/y"): False}),
    ("a path in upper case", ("user-agent: FooBot", "disallow: /X/"), {(FOO, "/x/y"): True}),
    (
        "the longest disallows",
        ("user-agent: FooBot", "disallow: /x/page.html", "allow: /x/"),
        {(FOO, "/x/page.html"): False},
    ),
    (
        "the longest allows",
        ("user-agent: FooBot", "allow: /x/page.html", "disallow: /x/"),
        {(FOO, "/x/page.html"): True, (FOO, "/x/"): False},
    ),
    ("both are empty", ("user-agent: FooBot", "disallow: ", "allow: "), {(FOO, "/x/page.html"): True}),
    ("both are everything", ("user-agent: FooBot", "disallow: /", "allow: /"), {(FOO, "/x/page.html"): True}),
    (
        "a slash more",
        ("user-agent: FooBot", "disallow: /x", "allow: /x/"),
        {(FOO, "/x"): False, (FOO, "/x/"): True},
    ),
    (
        "both are the same page",
        ("user-agent: FooBot", "disallow: /x/page.html", "allow: /x/page.html"),
        {(FOO, "/x/page.html"): True},
    ),
    (
        "a longer wildcard disallows",
        ("user-agent: FooBot", "allow: /page", "disallow: /*.html"),
        {(FOO, "/page.html"): False, (FOO, "/page"): True},
    ),
    (
        "a longer prefix allows",
        ("user-agent: FooBot", "allow: /x/page.", "disallow: /*.html"),
        {(FOO, "/x/page.html"): True, (FOO, "/x/y.html"): False},
    ),
    (
        "one's own group alone",
        ("User-agent: *", "Disallow: /x/", "User-agent: FooBot", "Disallow: /y/"),
        {(FOO, "/x/page"): True, (FOO, "/y/page"): False},
    ),
    (
        "an address in an address",
        ("User-agent: FooBot", "Disallow: /", "Allow: /foo/bar?qux=taz&baz=http://foo.bar?tar&par"),
        {(FOO, "/foo/bar?qux=taz&baz=http://foo.bar?tar&par"): True},
    ),
    (
        "a character of three bytes",
        ("User-agent: FooBot", "Disallow: /", "Allow: /foo/bar/ツ"),
        {(FOO, "/foo/bar/%E3%83%84"): True},
    ),
    (
        "the same, encoded",
        ("User-agent: FooBot", "Disallow: /", "Allow: /foo/bar/%E3%83%84"),
        {(FOO, "/foo/bar/%E3%83%84"): True},
    ),
    (
        "letters encoded without need",
        ("User-agent: FooBot", "Disallow: /", "Allow: /foo/bar/%62%61%7A"),
        {(FOO, "/foo/bar/baz"): False, (FOO, "/foo/bar/%62%61%7A"): True},
    ),
    (
        "a star within",
        ("User-agent: FooBot", "Disallow: /foo/bar/quz", "Allow: /foo/*/qux"),
        _for(FOO, ("/foo/quz", "/foo//quz", "/foo/bax/quz"), ("/foo/bar/quz",)),
    ),
    (
        "an end",
        ("User-agent: FooBot", "Disallow: /foo/bar$", "Allow: /foo/bar/qux"),
        _for(FOO, ("/foo/bar/qux", "/foo/bar/", "/foo/bar/baz"), ("/foo/bar",)),
    ),
    (
        "comments",
        ("User-agent: FooBot", "# Disallow: /", "Disallow: /foo/quz#qux", "Allow: /"),
        _for(FOO, ("/foo/bar",), ("/foo/quz",)),
    ),
    (
        "index.html is its folder",
        ("User-Agent: *", "Allow: /allowed-slash/index.html", "Disallow: /"),
        _for("foobot", ("/allowed-slash/", "/allowed-slash/index.html"), ("/allowed-slash/index.htm", "/other")),
    ),
    (
        "a line too long to disallow in full",
        ("user-agent: FooBot", f"disallow: {_LONG}/qux"),
        _for(FOO, ("/fux",), (f"{_LONG}/fux",)),
    ),
    (
        "a line too long to allow in full",
        ("user-agent: FooBot", "disallow: /", f"allow: {_LONG_A}/qux", f"allow: {_LONG_B}/qux"),
        _for(FOO, (f"{_LONG_A}/qux", f"{_LONG_B}/fux"), ("/",)),
    ),
    ("a prefix", ("user-agent: FooBot", "disallow: /", "allow: /fish"), _for(FOO, *_FISH)),
    ("a star at the end says nothing", ("user-agent: FooBot", "disallow: /", "allow: /fish*"), _for(FOO, *_FISH)),
    (
        "a folder",
        ("user-agent: FooBot", "disallow: /", "allow: /fish/"),
        _for(
            FOO,
            ("/fish/", "/fish/salmon", "/fish/?salmon", "/fish/salmon.html", "/fish/?id=anything"),
            ("/bar", "/fish", "/fish.html", "/Fish/Salmon.html"),
        ),
    ),
    (
        "a star at the start",
        ("user-agent: FooBot", "disallow: /", "allow: /*.php"),
        _for(
            FOO,
            (
                "/filename.php", "/folder/filename.php", "/folder/filename.php?parameters",
                "//folder/any.php.file.html", "/filename.php/", "/index?f=filename.php/",
            ),
            ("/bar", "/php/", "/index?php", "/windows.PHP"),
        ),
    ),
    (
        "a star and an end",
        ("user-agent: FooBot", "disallow: /", "allow: /*.php$"),
        _for(
            FOO,
            ("/filename.php", "/folder/filename.php"),
            (
                "/bar", "/filename.php?parameters", "/filename.php/", "/filename.php5", "/php/", "/filename?php",
                "/aaaphpaaa", "//windows.PHP",
            ),
        ),
    ),
    (
        "a star between",
        ("user-agent: FooBot", "disallow: /", "allow: /fish*.php"),
        _for(FOO, ("/fish.php", "/fishheads/catfish.php?parameters"), ("/bar", "/Fish.PHP")),
    ),
    ("short before everything", ("user-agent: FooBot", "allow: /p", "disallow: /"), {(FOO, "/page"): True}),
    ("the same folder", ("user-agent: FooBot", "allow: /folder", "disallow: /folder"), {(FOO, "/folder/page"): True}),
    ("a longer ending", ("user-agent: FooBot", "allow: /page", "disallow: /*.htm"), {(FOO, "/page.htm"): False}),
    (
        "the first page alone",
        ("user-agent: FooBot", "allow: /$", "disallow: /"),
        {(FOO, "/"): True, (FOO, "/page.html"): False},
    ),
]  # fmt: skip
