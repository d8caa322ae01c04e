"""Networks as others write them: twenty kinds, of images [P, 6, 6, 1] or of tokens [P, 6].

`MODULES` maps a name to a function of the width h that gives what a user would hand over, or to a
class of NNX, of h and rngs.
"""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx


def flat(x: Any) -> Any:
    return x.reshape(len(x), -1)


class ResidualMLP(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.Dense(self.h)(flat(x))
        for _ in range(2):
            z = z + nn.Dense(self.h)(nn.relu(nn.LayerNorm()(z)))
        return nn.Dense(1)(z)


class Mixer(nn.Module):
    """MLP-Mixer: rows of the image are its tokens."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.Dense(self.h)(x[..., 0])
        y = jnp.swapaxes(nn.LayerNorm()(z), 1, 2)
        z = z + jnp.swapaxes(nn.Dense(6)(nn.gelu(nn.Dense(4)(y))), 1, 2)
        z = z + nn.Dense(self.h)(nn.gelu(nn.Dense(self.h)(nn.LayerNorm()(z))))
        return nn.Dense(1)(z.mean(1))


class ViT(nn.Module):
    """Patches of 3 x 3, a class token, positions, one block of attention."""

    h: int

    @nn.compact
    def __call__(self, x: Any, deterministic: bool = False) -> Any:
        z = nn.Conv(self.h, (3, 3), strides=(3, 3))(x).reshape(len(x), -1, self.h)
        token = self.param("token", nn.initializers.normal(1.0), (1, 1, self.h))
        z = jnp.concatenate([jnp.broadcast_to(token, (len(x), 1, self.h)), z], axis=1)
        z = z + self.param("place", nn.initializers.normal(0.1), (1, 5, self.h)).repeat(len(x), 0)
        y = nn.MultiHeadDotProductAttention(2, dropout_rate=0.1)(
            nn.LayerNorm()(z), deterministic=deterministic
        )
        z = z + nn.Dropout(0.1)(y, deterministic=deterministic)
        z = z + nn.Dense(self.h)(nn.gelu(nn.Dense(2 * self.h)(nn.LayerNorm()(z))))
        return nn.Dense(1)(nn.LayerNorm()(z[:, 0]))


class ResNet(nn.Module):
    """Two blocks with batch normalisation."""

    h: int

    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        def norm(z: Any) -> Any:
            return nn.BatchNorm(use_running_average=not train)(z)

        z = nn.Conv(self.h, (3, 3), use_bias=False)(x)
        for stride in (1, 2):
            y = nn.Conv(self.h, (3, 3), (stride, stride), use_bias=False)(nn.relu(norm(z)))
            z = nn.Conv(self.h, (1, 1), (stride, stride), use_bias=False)(z)
            z = z + nn.Conv(self.h, (3, 3), use_bias=False)(nn.relu(norm(y)))
        return nn.Dense(1)(z.mean((1, 2)))


class Merged(nn.Module):
    """Two inputs side by side in one array, each with a branch of its own."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        left, right = jnp.split(flat(x), 2, axis=1)
        z = nn.tanh(nn.Dense(self.h)(left)) * nn.tanh(nn.Dense(self.h)(right))
        return nn.Dense(1)(z)[:, 0]


class Conv1D(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.relu(nn.Conv(self.h, (3,))(x[..., 0]))
        return nn.Dense(1)(nn.relu(nn.Conv(self.h, (3,), strides=2)(z)).max(1))


class Grouped(nn.Module):
    """Group normalisation."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.relu(nn.GroupNorm(num_groups=2)(nn.Conv(self.h, (3, 3))(x)))
        return nn.Dense(1)(nn.avg_pool(z, (2, 2), (2, 2)).reshape(len(x), -1))


class SqueezeExcite(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.relu(nn.Conv(self.h, (3, 3))(x))
        gate = nn.sigmoid(nn.Dense(self.h)(nn.relu(nn.Dense(2)(z.mean((1, 2))))))
        return nn.Dense(1)((z * gate[:, None, None]).mean((1, 2)))


class Siren(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = jnp.sin(5 * nn.Dense(self.h)(flat(x)))
        return nn.Dense(1)(jnp.sin(nn.Dense(self.h)(z)))


class RBF(nn.Module):
    """Its read-out is an array [h]."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        x = flat(x)
        centres = self.param("centres", nn.initializers.normal(1.0), (self.h, x.shape[1]))
        out = self.param("out", nn.initializers.normal(1.0), (self.h,))
        far = jnp.sum((x[:, None] - centres[None]) ** 2, -1)
        return jnp.exp(-far / x.shape[1]) @ out


class Gated(nn.Module):
    """SwiGLU."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        x = nn.RMSNorm()(flat(x))
        return nn.Dense(1)(nn.swish(nn.Dense(self.h)(x)) * nn.Dense(self.h)(x))


class LSTM(nn.Module):
    """Over the rows of the image."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(1)(nn.RNN(nn.OptimizedLSTMCell(self.h))(x[..., 0])[:, -1])


class GRU(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(1)(nn.RNN(nn.GRUCell(self.h))(x[..., 0])[:, -1])


class DenseNet(nn.Module):
    """Each layer sees all before it; batch normalisation with a momentum of its own."""

    h: int

    @nn.compact
    def __call__(self, x: Any, *, is_training: bool = True) -> Any:
        for _ in range(2):
            y = nn.BatchNorm(use_running_average=not is_training, momentum=0.9)(x)
            x = jnp.concatenate([x, nn.Conv(self.h, (3, 3))(nn.relu(y))], -1)
        return nn.Dense(1)(x.mean((1, 2)))


class Shared(nn.Module):
    """One layer, applied three times."""

    h: int

    def setup(self) -> None:
        self.first, self.again, self.last = nn.Dense(self.h), nn.Dense(self.h), nn.Dense(1)

    def __call__(self, x: Any) -> Any:
        z = nn.tanh(self.first(flat(x)))
        for _ in range(3):
            z = nn.tanh(self.again(z))
        return self.last(z)


class Embedded(nn.Module):
    """Of tokens, which come as real numbers."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.Embed(4, self.h)(x.astype(jnp.int32))
        return nn.Dense(1)(nn.relu(nn.Dense(self.h)(z)).mean(1))


class Float16(nn.Module):
    """Computes in half precision, with weights in single precision."""

    h: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.relu(nn.Dense(self.h, dtype=jnp.bfloat16)(flat(x)))
        return nn.Dense(1, dtype=jnp.float32)(z)


class MLP(nnx.Module):
    def __init__(self, h: int, rngs: nnx.Rngs) -> None:
        self.a, self.b = nnx.Linear(36, h, rngs=rngs), nnx.Linear(h, 1, rngs=rngs)
        self.norm, self.dropout = nnx.LayerNorm(h, rngs=rngs), nnx.Dropout(0.2, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.b(self.dropout(nnx.relu(self.norm(self.a(flat(x))))))


class ConvNNX(nnx.Module):
    """With batch normalisation."""

    def __init__(self, h: int, rngs: nnx.Rngs) -> None:
        self.a = nnx.Conv(1, h, (3, 3), rngs=rngs)
        self.norm, self.b = nnx.BatchNorm(h, rngs=rngs), nnx.Linear(h, 1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.b(nnx.relu(self.norm(self.a(x))).mean((1, 2)))


def plain(h: int) -> Any:
    """A pair of functions; weights are a list of arrays."""

    def init(key: Any, x: Any) -> Any:
        a, b = jax.random.split(key)
        return [jax.random.normal(a, (36, h)) / 6, jax.random.normal(b, (h, 1)) / h**0.5]

    def apply(w: Any, x: Any) -> Any:
        return jnp.tanh(flat(x) @ w[0]) @ w[1]

    return init, apply


def haiku(h: int) -> Any:
    """As `hk.transform` gives it: `apply` takes a key, which it leaves alone."""

    def init(rng: Any, x: Any) -> Any:
        return {"linear": {"w": jax.random.normal(rng, (36, h)) / 6, "b": jnp.zeros((h,))}}

    def apply(params: Any, rng: Any, x: Any) -> Any:
        del rng
        layer = params["linear"]
        z = flat(x) @ layer["w"] + jnp.broadcast_to(layer["b"], (len(x), h))
        return jax.nn.relu(z).sum(1, keepdims=True)

    return init, apply


def equinox(h: int) -> Any:
    """As docs/howto/own_networks.md says."""
    import equinox as eqx

    def parts(key: Any) -> Any:
        return eqx.partition(eqx.nn.MLP(36, 1, h, 2, key=key), eqx.is_array)

    static = parts(jax.random.key(0))[1]
    return lambda key, x: parts(key)[0], lambda w, x: jax.vmap(eqx.combine(w, static))(flat(x))


KINDS = (ResidualMLP, Mixer, ViT, ResNet, Merged, Conv1D, Grouped, SqueezeExcite, Siren, RBF, Gated)
KINDS += (LSTM, GRU, DenseNet, Shared, Embedded, Float16, MLP, ConvNNX)
MODULES: dict[str, Any] = {kind.__name__: kind for kind in KINDS}
MODULES |= {"plain": plain, "haiku": haiku, "equinox": equinox}
