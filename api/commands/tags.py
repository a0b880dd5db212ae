"""``renqun tags``: interest tags, the words behind them, a team's own, and how often a tag is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, say, show, show_all

if TYPE_CHECKING:
    from audience.tags.answers import TagSample

app = typer.Typer(
    help="Interest tags: list, words behind one, strike words out, add your own, judge one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_NEXT = "Takes effect with: renqun mine"


@app.command("list")
def list_all(
    own: Annotated[bool, typer.Option("--own", help="Only tags that the team added.")] = False,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """List the tags by top interest, with how many people have each."""
    from api.render.tags import tags_view
    from audience.tags.lexicon import tag_list

    nothing = "No own tag is there yet: renqun tags add NAME --words WORD,WORD"
    show_all(tag_list(home_at(home), own), as_json, tags_view, nothing)


@app.command("words")
def words(
    tag: Annotated[str, typer.Argument(help="Such as 露营.")],
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the words that tell a tag, seeds and those grown on your posts, each with its reason."""
    from api.render.tags import words_view
    from audience.tags.lexicon import tag_words

    show(tag_words(home_at(home), tag), as_json, words_view)


@app.command("veto")
def veto(
    tag: Annotated[str, typer.Argument(help="The tag that the word doesn't tell.")],
    word: Annotated[str, typer.Argument(help="As renqun tags words shows it; #… is a hashtag, @… a board.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take an earlier veto back.")] = False,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
) -> None:
    """Strike a word out of a tag."""
    from audience.tags.own import veto as strike_out

    strike_out(home_at(home), tag, word, undo, role_of(role))
    say(f"{word} is {'again a word' if undo else 'struck out'} of {tag}. {_NEXT}")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The new tag's name.")],
    words: Annotated[
        str, typer.Option("--words", help="Words that tell it, split by commas or spaces.")
    ] = "",
    examples: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Example posts, one a line; only their telling words are kept."
        ),
    ] = None,
    parent: Annotated[str | None, typer.Option(help="A top interest to stand below; default 自定义.")] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Add a tag of your own by a few words or a few example posts, or replace it."""
    from api.render.tags import tags_view
    from audience.tags.lexicon import tag_list
    from audience.tags.own import add as add_own
    from nlp.own_tags import OWN_PARENT

    where = home_at(home)
    given = words.replace(",", " ").replace("，", " ").replace("、", " ").split()
    add_own(where, name, given, _lines(examples), parent or OWN_PARENT, role_of(role))
    added = [tag for tag in tag_list(where, own_only=True) if tag.tag == name]
    show_all(added, as_json, tags_view)
    say(f"{_NEXT}, then renqun tags check {name} shows how often it is right")


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="An own tag.")],
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
) -> None:
    """Take an own tag away."""
    from audience.tags.own import remove as remove_own

    remove_own(home_at(home), name, role_of(role))
    say(f"{name} is removed. {_NEXT}")


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(metavar="TAG", help="Any tag, own or built in.")],
    posts: Annotated[int, typer.Option(min=1, max=200, help="Posts to judge.")] = 20,
    seed: Annotated[int, typer.Option(help="Another number draws other posts.")] = 7,
    sample: Annotated[bool, typer.Option("--sample", help="Only show the posts.")] = False,
    judged: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Judgements instead of questions: lines of post_id,y or post_id,n.",
        ),
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Judge posts that got a tag, y or n, and see its precision with its 95 % interval."""
    from api.render.tags import precision_view, sample_view
    from audience.tags.lexicon import tag_precision, tag_sample

    where, who = home_at(home), role_of(role)
    if judged is not None:
        show(tag_precision(where, name, _judgements(judged), who), as_json, precision_view)
        return
    drawn = tag_sample(where, name, posts, seed, who)
    if sample or drawn.hidden or not drawn.posts:
        show(drawn, as_json, sample_view)
        return
    show(tag_precision(where, name, _ask(drawn), who), as_json, precision_view)


@app.command("sort")
def sort(
    classes: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help='A TOML file: a line a class, such as 时政 = "选举 总统 外交部".',
        ),
    ],
    home: HomeDir = None,
    role: AsRole = "analyst",
    as_json: AsJson = False,
) -> None:
    """Sort posts into classes that have only a few words each: how much of the talk is about what."""
    from api.render.tags import sorted_view
    from audience.tags.sorting import sort_posts

    show(sort_posts(home_at(home), _classes(classes), role_of(role)), as_json, sorted_view)


def _classes(path: Path) -> dict[str, list[str]]:
    import tomllib

    from privacy.errors import BadInputError

    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInputError(
            f"{path} is not valid TOML: {error}", 'write lines such as 时政 = "选举 总统"'
        ) from None
    if wrong := [name for name, words in raw.items() if not isinstance(words, str)]:
        raise BadInputError(f"{path}: {wrong[0]} has no words", "give them as one text, split by spaces")
    return {name: words.split() for name, words in raw.items()}


def _lines(path: Path | None) -> list[str]:
    from privacy.errors import BadInputError

    if path is None:
        return []
    try:
        return [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise BadInputError(f"{path} is no UTF-8 text", "save it as UTF-8, one post a line") from None


def _judgements(path: Path) -> dict[str, bool]:
    from privacy.errors import BadInputError

    found = {}
    for number, line in enumerate(_lines(path), 1):
        post, _, verdict = (part.strip() for part in line.partition(","))
        if (post, verdict) == ("post_id", "right"):
            continue
        if verdict.lower() not in ("y", "n"):
            raise BadInputError(f"{path}: line {number} is no judgement", "write post_id,y or post_id,n")
        found[post] = verdict.lower() == "y"
    return found


def _ask(drawn: TagSample) -> dict[str, bool]:
    """Ask about each post; an empty answer leaves it out, q ends."""
    say(f"Is each post really about {drawn.tag}? y, n, Enter to leave one out, q to end.")
    found: dict[str, bool] = {}
    for number, post in enumerate(drawn.posts, 1):
        say(f"\n{number}/{len(drawn.posts)}  {post.excerpt}")
        answer = typer.prompt("y/n", default="", show_default=False, err=True).strip().lower()
        if answer == "q":
            break
        if answer in ("y", "n"):
            found[post.post_id] = answer == "y"
    return found
