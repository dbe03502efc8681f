"""The command line as a module: `python -m rh_lens`, `torchrun --nproc_per_node 2 -m rh_lens`."""

from rh_lens import cli

if __name__ == "__main__":
    cli.main()
