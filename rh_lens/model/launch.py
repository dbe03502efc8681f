"""What a launcher said of itself to the processes it started."""

import os

COUNTS = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")


def started() -> int:
    """How many processes there are."""
    return max(int(os.environ.get(name, 1)) for name in COUNTS)


def check_alone() -> None:
    """Refuse to be the only process where several were asked for.

    `accelerate launch --cpu --num_processes 2` names a place for its processes to meet, and starts
    one that knows of no other. `srun` starts all, and tells none where to meet.
    """
    if {"RANK", *COUNTS} & set(os.environ):
        return
    if {"MASTER_ADDR", "ACCELERATE_MIXED_PRECISION"} <= set(os.environ):
        raise ValueError(
            "accelerate was asked for several processes and started this one alone, as it does on "
            "a CPU: start them with torchrun --nproc_per_node 2"
        )
    if int(os.environ.get("SLURM_STEP_NUM_TASKS", 1)) > 1:
        raise ValueError(
            f"srun started {os.environ['SLURM_STEP_NUM_TASKS']} processes that do not know of each "
            "other, so each would do all the work: set RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR "
            "and MASTER_PORT for each, or let srun start torchrun once a node"
        )


def own_gpu(count: int) -> str:
    """Which of the `count` GPUs falls to this process."""
    local = os.environ.get("LOCAL_RANK")
    return "cuda" if local is None else f"cuda:{int(local) % count}"
