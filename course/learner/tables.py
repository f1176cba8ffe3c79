"""Tables of text, for a terminal, a file or a notebook. Knows how wide characters are."""

import io
from collections.abc import Collection, Sequence

WIDEST = 1_000_000  # columns: no terminal's width, so that no cell is wrapped or cut


def table(
    rows: Sequence[Sequence[str]], header: Sequence[str] = (), right: Collection[int] = ()
) -> list[str]:
    """Aligned lines, one for each row. There are no colours, and nothing is wrapped or cut.

    Args:
        rows: cells as text, the same number in each row.
        header: a name for each column; without names there is no header line.
        right: the columns whose cells end below each other, such as numbers; the first is 0.

    Example:
        >>> table([("a", "1"), ("bb", "10")], header=("name", "n"), right=[1])
        ['name   n', 'a      1', 'bb    10']
    """
    if not rows and not header:
        return []
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(header))
    for i in range(len(header or rows[0])):
        side = "right" if i in right else "left"
        drawn.add_column(Text(header[i] if header else ""), no_wrap=True, justify=side)
    for row in rows:
        drawn.add_row(*(Text(cell.replace("\n", " ")) for cell in row))
    console = Console(  # of text alone, in a terminal and in a notebook
        file=io.StringIO(),
        width=WIDEST,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
    )
    with console.capture() as written:
        console.print(drawn, crop=False)
    return [line.rstrip() for line in written.get().splitlines()]
