"""DP-SGD as others run it, on the MLP 21-64-64-2: name -> (make(x, y, batch) -> run(steps), steps worth timing)."""

import importlib.util

import numpy as np
import tensorflow as tf

from leaklab.training import MLP

CLIP, NOISE = 1.0, 1.1


def network():
    model = MLP().build((21,), 2, rng=0)
    return tf.keras.Model(model.inputs, model.get_layer("logits").output)


def batches(n, batch, steps):
    rng = np.random.default_rng(0)
    return [rng.choice(n, batch, replace=False) for _ in range(steps)]


def dp_model(x, y, batch):
    """As its users run it: compile and fit; it clips without per-example gradients, for all layers are dense."""
    from tensorflow_privacy.privacy.fast_gradient_clipping import layer_registry
    from tensorflow_privacy.privacy.keras_models.dp_keras_model import DPModel
    plain = network()
    model = DPModel(inputs=plain.inputs, outputs=plain.outputs, l2_norm_clip=CLIP, noise_multiplier=NOISE,
                    use_xla=False, layer_registry=layer_registry.make_default_layer_registry())
    model.compile(tf.keras.optimizers.Adam(5e-3), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return fitting(model, x, y, batch)


def fitting(model, x, y, batch):
    def run(steps):
        rows = np.concatenate(batches(len(x), batch, steps))
        model.fit(x[rows], y[rows], batch_size=batch, epochs=1, verbose=0, shuffle=False)
    return run


def dp_optimizer(vectorized):
    def make(x, y, batch):
        from tensorflow_privacy.privacy.optimizers import dp_optimizer_keras, dp_optimizer_keras_vectorized
        kind = (dp_optimizer_keras_vectorized.VectorizedDPKerasSGDOptimizer if vectorized
                else dp_optimizer_keras.DPKerasSGDOptimizer)
        model = network()
        model.compile(kind(l2_norm_clip=CLIP, noise_multiplier=NOISE, num_microbatches=batch, learning_rate=0.1),
                      tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none"))
        return fitting(model, x, y, batch)
    return make


def jax_vmap(x, y, batch):
    import jax
    import jax.numpy as jnp
    rng, sizes = np.random.default_rng(0), [(21, 64), (64, 64), (64, 2)]
    start = [(jnp.array(rng.normal(size=s) / 8, jnp.float32), jnp.zeros(s[1])) for s in sizes]

    def loss(weights, row, label):
        for kernel, bias in weights[:-1]:
            row = jax.nn.relu(row @ kernel + bias)
        return -jax.nn.log_softmax(row @ weights[-1][0] + weights[-1][1])[label]

    @jax.jit
    def step(weights, rows, labels, key):
        grads = jax.vmap(jax.grad(loss), (None, 0, 0))(weights, rows, labels)
        leaves, tree = jax.tree_util.tree_flatten(grads)
        norm = jnp.sqrt(sum((leaf.reshape(len(rows), -1)**2).sum(1) for leaf in leaves))
        factor = jnp.minimum(1, CLIP / norm)
        noisy = [jnp.tensordot(factor, leaf, 1) + NOISE * CLIP * jax.random.normal(k, leaf.shape[1:])
                 for leaf, k in zip(leaves, jax.random.split(key, len(leaves)), strict=True)]
        return jax.tree_util.tree_map(lambda w, g: w - 0.1 * g / batch, weights, tree.unflatten(noisy))

    def run(steps):
        weights, key = start, jax.random.PRNGKey(0)
        for rows in batches(len(x), batch, steps):
            key, own = jax.random.split(key)
            weights = step(weights, x[rows], y[rows], own)
        jax.block_until_ready(weights)
    return run


def opacus(x, y, batch):
    import torch
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer
    torch.set_num_threads(2)
    net = GradSampleModule(torch.nn.Sequential(torch.nn.Linear(21, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64),
                                               torch.nn.ReLU(), torch.nn.Linear(64, 2)))
    optimizer = DPOptimizer(torch.optim.SGD(net.parameters(), lr=0.1), noise_multiplier=NOISE, max_grad_norm=CLIP,
                            expected_batch_size=batch)
    tx, ty, loss = torch.tensor(x), torch.tensor(y), torch.nn.CrossEntropyLoss()

    def run(steps):
        for rows in batches(len(x), batch, steps):
            optimizer.zero_grad()
            loss(net(tx[rows]), ty[rows]).backward()
            optimizer.step()
    return run


PEERS = {
    "tensorflow-privacy DPModel, fast clipping": (dp_model, 624),
    "tensorflow-privacy DPKerasSGDOptimizer": (dp_optimizer(False), 20),
    "tensorflow-privacy VectorizedDPKerasSGDOptimizer": (dp_optimizer(True), 20),
}
if importlib.util.find_spec("jax"):
    PEERS["JAX vmap"] = (jax_vmap, 156)
if importlib.util.find_spec("opacus"):
    PEERS["Opacus"] = (opacus, 156)
