"""The same verbs from a shell, one file each."""

import sys

import typer

import rh_lens as rh  # lazily: --help needs no torch
from rh_lens.cli.ablate import ablate
from rh_lens.cli.audit import audit
from rh_lens.cli.compare import compare
from rh_lens.cli.detect import detect
from rh_lens.cli.patch import patch
from rh_lens.cli.report import report
from rh_lens.cli.resume import how_to_resume
from rh_lens.cli.several import check_sharing
from rh_lens.cli.show import show
from rh_lens.cli.trace import trace
from rh_lens.model.memory import memory_errors

INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C ended
app = typer.Typer(
    help="Find the retrieval heads of a language model.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for verb in (detect, show, report, compare, audit, ablate, patch, trace):
    app.command()(verb)


def main() -> None:
    """Run the command line; bad input ends in a sentence, not in a traceback."""
    try:
        check_sharing(sys.argv)
        with memory_errors():
            app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print(f"rh-lens: stopped{how_to_resume(sys.argv)}", file=sys.stderr)
        raise
    except MemoryError as error:
        print(
            f"rh-lens: too little memory, {error}: ask for shorter --lengths, a smaller model or "
            f"--dtype bfloat16{how_to_resume(sys.argv)}",
            file=sys.stderr,
        )
        sys.exit(2)
    except (ValueError, OSError, ImportError) as error:
        print(f"rh-lens: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, rh.NothingScored) else 2)
