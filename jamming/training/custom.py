"""User-supplied networks and data, checked against each other before anything runs.

Such a network is of any kind that `jamming.models.own` knows, and hashes (equal configurations
share compiled programs): its variables are its parameters, or of batch normalisation, it draws
nothing at random, and it gives [P] outputs (or [P, 1]), [P, c] under a loss of c classes.
What is wrong is refused as a `BadInput`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jamming.checks.arguments import shown
from jamming.checks.arrays import as_outputs, finite, shaped
from jamming.checks.errors import BadInput, described
from jamming.data import Dataset, names, own_files, preprocess
from jamming.data.labels import say
from jamming.models.accepted import adapted, trainable
from jamming.models.normalised import Stateful
from jamming.models.own import NNX, Network, Pair, drawn_anew, name_of, state_of
from jamming.objectives.losses import Loss
from jamming.training.spec import Job

FEW = 32  # points on which a network is tried out
MOST_PLAIN = 100.0  # alpha at which outputs of float32, subtracted, are good to some 1e-5


def check_network(net: Any, x: Any, loss: Loss, classes: int | None = None) -> int | None:
    """The number of outputs c of a network, None for one output; found from shapes alone.

    The network is traced on inputs of the shape and dtype of x [P, ...]. `classes`: how many
    classes the labels have, under a loss of several. Raises BadInput as `usable` and `trainable`,
    if it does not take such inputs or needs random numbers, and for outputs of another shape than
    the loss takes, or that are no real numbers.
    """
    net = adapted(net)
    name = name_of(net)
    for P in (2, 1):  # also one point, as a last `squeeze` does away with its axis
        points = jax.ShapeDtypeStruct((P, *x.shape[1:]), x.dtype)
        given = f"inputs of shape [P{''.join(f', {n}' for n in x.shape[1:])}]"
        w = tried(f"{name} cannot be initialised for {given}", net.init, jax.random.key(0), points)
        trainable(net, w)
        F = tried(f"{name} cannot be applied to {given}", _blank(net), w, points)
        wanted = (P, classes or 0) if loss.multiclass else (P,)
        if F.ndim != len(wanted) or F.shape[0] != P or (classes is not None and F.shape != wanted):
            shape = f"[P, {classes or 'c'}]" if loss.multiclass else "[P] or [P, 1]"
            raise BadInput(
                f"{name} gives outputs of shape {list(F.shape)} for"
                f" {given.replace('[P', f'[{P}')}: the loss '{loss.name}' takes {shape}"
            )
        if not jnp.issubdtype(F.dtype, jnp.floating):
            raise BadInput(f"{name} gives outputs of {F.dtype}: they must be real numbers")
    return F.shape[1] if loss.multiclass else None


def check(job: Job, data: Dataset, net: Any) -> int | None:
    """As `check_network`, for a run of the job; an output depends on its own point alone."""
    classes = own_files.class_count(job.dataset) if job.multiclass and not job.label else None
    x, loss = jax.ShapeDtypeStruct(data.x_train.shape, job.dtype), job.loss_function()
    outputs = check_network(net, x, loss, classes)
    if net != job.network():
        _one_by_one(adapted(net), jnp.asarray(data.x_train[:FEW], job.dtype))
    return outputs


def check_alpha(job: Job, net: Any) -> None:
    """Refuse an alpha at which the plain difference of outputs, subtracted, has lost its digits."""
    known = hasattr(adapted(net), "difference") or job.model_kind != "network"
    if job.alpha is None or known or job.precision != "float32" or job.alpha <= MOST_PLAIN:
        return
    raise BadInput(
        f"{name_of(adapted(net))} in float32 is good for alpha of {MOST_PLAIN:g} and less, not of"
        f" {job.alpha:.3g}: choose float64, or give it a method difference(w, dw, x)"
    )


def check_data(job: Job, data: Dataset, outputs: int | None) -> None:
    """Refuse data that a run of the job cannot use, with a network of so many `outputs`."""
    loss = job.loss_function()
    if len(data.x_train) != job.P:
        raise BadInput(f"there are {len(data.x_train)} training points, and P = {job.P} in the job")
    one, other = (list(x.shape[1:]) for x in (data.x_train, data.x_test))
    if one != other:
        raise BadInput(f"training points have shape {one}, test points {other}: give one kind")
    for part in ("train", "test"):
        points, y = getattr(data, f"x_{part}"), np.asarray(getattr(data, f"y_{part}"))
        loss.check(shaped(y, f"y_{part}", len(points)), outputs)
    fits_all = not (loss.regression or job.label_noise or data.contradictory)
    if fits_all and (job.label or names.own_file(job.dataset)):
        preprocess.one_label_each(finite(data.x_train, "the inputs", dtype=job.dtype), data.y_train)
    if not len(data.x_test) and (job.kernel_points or job.model_kind != "network"):
        raise BadInput(
            f"no test points are left of {job.label or job.dataset} at P = {job.P}, and kernels are"
            " measured on some: lower P, or choose kernel_points=0 and a network"
        )
    for note in data.notes:
        say(note)


def check_held(known: dict[bytes, int], job: Job, net: Any) -> None:
    """Refuse an NNX module whose weights are those of a job of another init_seed, by `known`."""
    if not (isinstance(net, NNX) and net.held):
        return
    row = b"".join(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(net.variables))
    if known.setdefault(row, job.init_seed) != job.init_seed:
        drawn_anew(net)


def listed(jobs: Any) -> list[Job]:
    """Jobs in a list, also of a generator; one job alone is refused."""
    several: list[Any] = list(jobs) if isinstance(jobs, Iterable) else [None]
    if not all(isinstance(job, Job) for job in several):
        raise BadInput(f"a list of jobs is trained, not {shown(jobs)}: give [job], also of one")
    return several


def lookup(jobs: Sequence[Job], data: Any) -> Callable[[int], Dataset]:
    """The data of job i: those that it names where `data` is None, else those given to `train`."""
    if data is None or callable(data):
        of = Job.data if data is None else data
        return lambda i: of(jobs[i])
    sets = [data] * len(jobs) if isinstance(data, Dataset) else list(data)
    if len(sets) != len(jobs) or not all(isinstance(one, Dataset) for one in sets):
        raise BadInput(
            f"data are one Dataset for all of the {len(jobs)} jobs, one for each, or a function of"
            " the job: make them with jamming.data.from_arrays"
        )
    return lambda i: sets[i]


def _one_by_one(net: Network, x: Any) -> None:
    """Refuse a network that is no function of its weights and of each point x [P, ...] alone."""
    name = name_of(net)

    def tried_out() -> tuple[list[Any], list[np.ndarray]]:
        several = range(2 if isinstance(net, Pair) else 1)  # Flax draws by the key alone
        w, *others = (net.init(jax.random.key(0), x[:1]) for _ in several)
        outputs = _outputs(net, state_of(net, w, x))
        alone = np.concatenate([np.asarray(outputs(w, x[i : i + 1])) for i in range(len(x[:2]))])
        together, again = (np.asarray(outputs(w, x)) for _ in range(2))
        return [w, *others], [together, again, alone]

    weights, (together, again, alone) = called(
        f"{name} cannot be applied to one point and to {len(x)}", tried_out
    )
    if not _equal(weights[0], weights[-1]):
        raise BadInput(
            f"the init of {name} gives other weights for the same key: draw them from the key, by"
            " jax.random, so that a run can be repeated"
        )
    if not np.isfinite(together).all():
        raise BadInput(
            f"{name} has outputs that are not finite before it learns: look at its initial weights"
            " and at what it does with its inputs"
        )
    if _apart(together, again):
        raise BadInput(
            f"{name} gives other outputs when it is applied again: it draws or keeps something that"
            " is no argument of it; leave that out"
        )
    if _apart(together[:2], alone):
        raise BadInput(
            f"the output of {name} at one point depends on the other points of the batch, as by a"
            " mean over the batch: make it a function of each point alone"
        )


def _apart(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether outputs differ by more than rounding."""
    return bool(np.abs(one - other).max() > 1e-2 * np.abs([one, other]).max())


def _equal(one: Any, other: Any) -> bool:
    """Whether weights are equal, each array to the last bit."""
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def check_seeds(known: dict[Any, Any], job: Job, net: Any, x: Any) -> None:
    """Refuse a network whose seeds would be one run: they draw no weights and no batches.

    `known` has the first job of each network and training set; x are inputs [P, ...]. Two seeds of
    each are looked at.
    """
    if net is None or job.batch is not None:
        return
    first, looked_at = known.setdefault((net, job.data_seed), (job, False))
    if looked_at or first.init_seed == job.init_seed:
        return
    known[net, job.data_seed] = first, True
    row = jnp.asarray(x[:1], job.dtype)
    if _equal(*(net.init(each.init_key(), row) for each in (first, job))):
        raise BadInput(
            f"{name_of(net)} begins with the same weights whatever the key, so that several seeds"
            " are one run: draw them from the key, or ask for one seed"
        )


def _outputs(net: Network, state: Any = None) -> Any:
    more = () if state is None else (state,)
    return lambda w, x: as_outputs(net.apply(w, x, *more))


def _blank(net: Network) -> Any:
    """As `_outputs`, of a state that has shapes alone."""
    blank = net.blank if isinstance(net, Stateful) else lambda x: None
    return lambda w, x: _outputs(net, blank(x))(w, x)


def tried(what: str, function: Any, *arguments: Any) -> Any:
    """What `function` would give, found from shapes; else as `called`."""
    return called(what, jax.eval_shape, function, *arguments)


def called(what: str, function: Any, *arguments: Any) -> Any:
    """What user-supplied code gives; its errors become a `BadInput` that begins with `what`."""
    try:
        return function(*arguments)
    except BadInput:
        raise
    except Exception as error:  # it is not our code
        raise BadInput(f"{what}: {described(error)}") from error
