"""The program's GAN in Keras 3 on TensorFlow: the same networks, the same two steps.

Set up to be fast on a CPU: a whole iteration is one tf.function (jit_compile=True for XLA), the views of
a batch pass in one go, the projection in the thin order.
All that differs between classes is in variables, so that one compilation serves them all.
"""

import os
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf


def uniform(scale=1.0):
    """Uniform within scale / sqrt(inputs), as the program starts its weights."""
    return keras.initializers.VarianceScaling(scale**2 / 3, "fan_in", "uniform")


def dense(units, activation=None, scale=1.0):
    return keras.layers.Dense(units, activation, kernel_initializer=uniform(scale))


class CoefficientDense(keras.layers.Layer):
    """A dense layer of what coefficients stand for, in the thin order: c (B W) + b."""

    def __init__(self, patterns, units):
        super().__init__()
        self.patterns, self.units = patterns, units

    def build(self, shape):
        channels = self.patterns.shape[1]
        self.kernel = self.add_weight((channels, self.units), uniform(), name="kernel")
        self.bias = self.add_weight((self.units,), "zeros", name="bias")

    def call(self, c):
        return tf.nn.relu(c @ tf.matmul(self.patterns, self.kernel) + self.bias)


class MinibatchDiscrimination(keras.layers.Layer):
    def __init__(self, design):
        super().__init__()
        self.group = design["batchSize"]
        self.kernels, self.dimensions = design["minibatchKernels"], design["minibatchDimensions"]

    def build(self, shape):
        self.kernel = self.add_weight(
            (shape[-1], self.dimensions * self.kernels), uniform(), name="kernel")

    def distances(self, x):
        """Groups x spectra x spectra x kernels; one dimension after the other is fastest."""
        m = tf.reshape(x @ self.kernel, (-1, self.group, self.dimensions, self.kernels))
        return tf.add_n([tf.abs(c[:, :, None] - c[:, None]) for c in tf.unstack(m, axis=2)])

    def call(self, x):
        closeness = tf.reduce_sum(tf.exp(-self.distances(x)), 2) - 1
        return tf.concat([x, tf.reshape(closeness, (-1, self.kernels))], 1)

    def calibrate(self, x, target):
        """Half the mean distance to the nearest other spectrum becomes `target`."""
        distances = self.distances(x)[0] + tf.eye(self.group)[:, :, None] * 1e30
        half = tf.reduce_mean(tf.reduce_min(distances, 1)) / 2
        self.kernel.assign(self.kernel * (target / half))


def shifted(x, shift, reach):
    """Each row moved by its own fraction of a channel, ends repeated: a tent over few neighbours."""
    width = int(np.ceil(reach))
    count = x.shape[1]
    padded = tf.concat([tf.repeat(x[:, :1], width, 1), x, tf.repeat(x[:, -1:], width, 1)], 1)
    y = 0.0
    for step in range(-width, width + 1):
        weight = tf.maximum(1 - tf.abs(shift - step), 0.0)
        y += weight * padded[:, width - step : width - step + count]
    return y


def normalised(x, floor):
    return x / tf.maximum(tf.reduce_max(x, 1, keepdims=True), floor)


def convolution(channels, design, activation=None, stride=1, scale=1.0):
    return keras.layers.Conv1D(
        channels, design["convolutionKernel"], stride, "same", activation=activation,
        kernel_initializer=uniform(scale))


def counted(x, share):
    """Noise of which the variance grows with the signal, a constant to the gradient."""
    return x + share * tf.sqrt(tf.stop_gradient(x)) * tf.random.normal(x.shape)


class DenseBody(keras.layers.Layer):
    """SimpleDense: from normal deviates to spectra in the components."""

    def __init__(self, constants, design):
        super().__init__()
        self.constants, self.design = constants, design
        self.dense1 = dense(design["generatorWidths"][0], "relu")
        self.dense2 = dense(design["generatorWidths"][1], "relu")
        self.dense3 = dense(constants.channels, scale=design["outputWeightScale"])

    def start_at(self, mean):
        self.dense3.bias.assign(mean)

    def call(self, latent):
        design, constants = self.design, self.constants
        hidden = self.dense1(latent)
        reach = design["hiddenRoll"]
        hidden = tf.roll(hidden, tf.random.uniform((), -reach, reach + 1, tf.int32), 1)
        hidden += design["hiddenGaussian"] * tf.random.normal(hidden.shape)
        wide = counted(self.dense2(hidden), design["hiddenPoisson"])
        x = self.dense3(tf.concat([hidden, wide], 1))
        x = tf.matmul(x, constants.basis_t)
        return tf.matmul(x, constants.basis_t, transpose_b=True) + constants.complement


class ConvolutionalBody(keras.layers.Layer):
    """SimpleConvo: few points of many channels to all points of one, and that into the components."""

    def __init__(self, constants, design):
        super().__init__()
        self.constants, self.design = constants, design
        self.channels, self.lengths = design["generatorChannels"], [constants.channels]
        for _ in self.channels:
            self.lengths.insert(0, (self.lengths[0] - 1) // design["convolutionStride"] + 1)
        self.dense = dense(self.channels[0] * self.lengths[0], "relu")
        self.convolutions = [
            convolution(channels, design, "relu") for channels in self.channels[1:]]
        self.convolutions.append(convolution(1, design, scale=design["outputWeightScale"]))

    def start_at(self, mean):
        """It starts at the centre already."""

    def call(self, latent):
        design, constants = self.design, self.constants
        x = self.dense(latent)
        x += design["hiddenGaussian"] * tf.random.normal(x.shape)
        x = tf.reshape(x, (-1, self.lengths[0], self.channels[0]))
        for layer, length in zip(self.convolutions, self.lengths[1:]):
            x = layer(x)
            if layer is not self.convolutions[-1]:
                x = counted(x, design["hiddenPoisson"])
            x = tf.image.resize(x[:, :, None], (length, 1))[:, :, 0]
        return tf.matmul(x[:, :, 0], constants.basis_t) @ constants.patterns + constants.centre


class Generator(keras.Model):
    def __init__(self, constants, design):
        super().__init__()
        self.constants, self.design = constants, design
        convolutional = design["architecture"] == "SimpleConvo"
        self.body = (ConvolutionalBody if convolutional else DenseBody)(constants, design)

    def call(self, latent):
        design, constants, rows = self.design, self.constants, latent.shape[0]
        x = self.body(latent)
        shift = tf.random.uniform((rows, 1), -1.0, 1.0) * constants.generator_shift
        x = normalised(shifted(x, shift, constants.generator_reach), design["smallestMaximum"])
        taps = constants.colour.shape[0]
        white = tf.random.normal((rows, constants.channels + taps - 1, 1))
        noise = tf.nn.conv1d(white, constants.colour, 1, "VALID")[:, :, 0]
        deviation = tf.sqrt(constants.noise_gain * tf.maximum(x, 1e-6) + constants.background)
        return normalised(x + deviation * noise, design["smallestMaximum"])


class ConvolutionalFront(keras.layers.Layer):
    """SimpleConvo: the first branch sees the patterns that coefficients stand for, convolved."""

    def __init__(self, constants, design, widths):
        super().__init__()
        self.constants = constants
        self.convolutions = [
            convolution(channels, design, "relu", design["convolutionStride"])
            for channels in design["discriminatorChannels"]]
        self.flatten = keras.layers.Flatten()
        self.dense1, self.dense2 = dense(widths[0], "relu"), dense(sum(widths[1:]), "relu")

    def call(self, c):
        x = (c @ self.constants.unit_patterns)[:, :, None]
        for layer in self.convolutions:
            x = layer(x)
        return tf.concat([self.dense1(self.flatten(x)), self.dense2(c)], 1)


class Branch(keras.layers.Layer):
    def __init__(self, second, design):
        super().__init__()
        self.minibatch1 = MinibatchDiscrimination(design)
        self.dense = dense(second, "relu")
        self.minibatch2 = MinibatchDiscrimination(design)

    def call(self, x):
        return self.minibatch2(self.dense(self.minibatch1(x)))

    def calibrate(self, x, target):
        self.minibatch1.calibrate(x, target)
        self.minibatch2.calibrate(self.dense(self.minibatch1(x)), target)


class Discriminator(keras.Model):
    def __init__(self, constants, design):
        super().__init__()
        widths = design["branches"]
        self.widths = [width[0] for width in widths]
        self.constants, self.noise = constants, design["instanceNoise"]
        if design["architecture"] == "SimpleConvo":
            self.first = ConvolutionalFront(constants, design, self.widths)
        else:
            self.first = CoefficientDense(constants.patterns, sum(self.widths))
        self.branches = [Branch(width[1], design) for width in widths]
        self.head = dense(design["lastWidth"], "relu")
        self.score = dense(1)

    def seen(self, x):
        return tf.matmul(x, self.constants.directions_t) + self.constants.origin

    def parts(self, c):
        return tf.split(self.first(c), self.widths, 1)

    def call(self, x):
        c = self.seen(x)
        c += self.noise * tf.random.normal(c.shape)
        joined = [branch(part) for branch, part in zip(self.branches, self.parts(c))]
        return self.score(self.head(tf.concat(joined, 1)))

    def calibrate(self, x, target):
        for branch, part in zip(self.branches, self.parts(self.seen(x))):
            branch.calibrate(part, target)


class Constants:
    """What a class's data decide, in variables."""

    def __init__(self, facts):
        self.channels = facts.channels
        # The neighbours that a shift can reach are part of the graph, so they are no variables.
        self.generator_reach, self.transform_reach = facts.generator_reach, facts.transform_reach
        for name, value in self.values(facts).items():
            setattr(self, name, tf.Variable(value, trainable=False))

    def assign(self, facts):
        for name, value in self.values(facts).items():
            getattr(self, name).assign(value)

    @staticmethod
    def values(facts):
        values = {
            "basis_t": facts.basis.T, "complement": facts.complement,
            "background": facts.noise_background, "colour": facts.noise_colour[:, None, None],
            "noise_gain": facts.noise_gain, "generator_shift": facts.generator_shift,
            "transform_shift": facts.transform_shift, "transform_noise": facts.transform_noise,
            "directions_t": facts.directions.T, "origin": facts.origin,
            "patterns": facts.patterns, "centre": facts.centre,
            # Of unit mean square.
            "unit_patterns": facts.patterns * (
                facts.channels / (facts.scatter**2).sum()) ** 0.5,
        }
        return {name: np.asarray(value, "float32") for name, value in values.items()}


class GAN:
    def __init__(self, facts, spectra, threads, compiled):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        keras.utils.set_random_seed(1)
        self.random = np.random.default_rng(1)
        design = self.design = facts.design
        self.size = design["batchSize"]
        self.constants = Constants(facts)
        self.generator = Generator(self.constants, design)
        self.discriminator = Discriminator(self.constants, design)
        self.average = Generator(self.constants, design)
        latent = tf.zeros((self.size, design["latentCount"]))
        self.generator(latent)
        self.average(latent)
        self.discriminator(tf.zeros((self.size, facts.channels)))

        def adam(rate):
            return keras.optimizers.Adam(rate, design["beta1"], design["beta2"], 1e-8)

        self.d_adam, self.g_adam = adam(design["discriminatorRate"]), adam(design["generatorRate"])
        self.d_adam.build(self.discriminator.trainable_variables)
        self.g_adam.build(self.generator.trainable_variables)
        self.weights = tf.constant(
            [design["plainWeight"], design["shiftWeight"], design["noiseWeight"]])
        self.iteration = tf.function(self.step, jit_compile=compiled)
        self.sampling = tf.function(
            lambda latent: self.average(latent), jit_compile=compiled, reduce_retracing=False)
        networks = [self.generator, self.discriminator, self.d_adam, self.g_adam]
        self.variables = [v for network in networks for v in network.variables]
        self.initial = [v.numpy() for v in self.variables]
        self.begin(facts, spectra)

    def begin(self, facts, spectra):
        """Networks and optimisers as at the start, for a class."""
        self.facts, self.spectra = facts, spectra
        self.constants.assign(facts)
        for variable, value in zip(self.variables, self.initial):
            variable.assign(value)
        self.generator.body.start_at(spectra.mean(0))
        self.discriminator.calibrate(self.real_batch(), self.design["minibatchDistance"])
        self.restore([v.numpy() for v in self.generator.variables])

    def restore(self, snapshot):
        for average, value in zip(self.average.variables, snapshot):
            average.assign(value)

    def snapshot(self):
        return [v.numpy() for v in self.average.variables]

    def sample(self, count, offset):
        """Spectra of the moving average, with an offset behind the projection."""
        self.constants.complement.assign((self.facts.complement + offset).astype("float32"))
        spectra = self.sampling(tf.random.normal((count, self.design["latentCount"]))).numpy()
        self.constants.complement.assign(self.facts.complement.astype("float32"))
        return spectra

    def scale_noise(self, factor):
        factor = min(max(factor, 0.5), 2)
        for variable in (self.constants.noise_gain, self.constants.background):
            variable.assign(variable * factor)

    def counts(self):
        return [sum(int(np.prod(v.shape)) for v in network.trainable_variables)
                for network in (self.generator, self.discriminator)]

    def real_batch(self):
        return self.spectra[self.random.permutation(len(self.spectra))[: self.size]]

    def generated(self):
        return self.generator(tf.random.normal((self.size, self.design["latentCount"])))

    def views(self, plain):
        """Plain, T1 and T2."""
        constants, rows = self.constants, plain.shape[0]
        shift = tf.random.uniform((rows, 1), -1.0, 1.0) * constants.transform_shift
        deviation = tf.sqrt(
            constants.transform_noise * tf.maximum(tf.stop_gradient(plain), 0.0))
        return tf.concat([
            plain, shifted(plain, shift, constants.transform_reach),
            plain + deviation * tf.random.normal(plain.shape)], 0)

    def discriminator_step(self, real):
        views = self.views(tf.concat([real, self.generated()], 0))
        target = tf.constant([[[self.design["realTarget"]], [0.0]]])
        variables = self.discriminator.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            logits = tf.reshape(self.discriminator(views), (3, 2, self.size))
            losses = tf.nn.sigmoid_cross_entropy_with_logits(
                tf.broadcast_to(target, logits.shape), logits)
            loss = tf.reduce_sum(
                tf.reduce_sum(tf.reduce_mean(losses, 2), 1) * self.weights)
        self.d_adam.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss

    def generator_step(self):
        variables = self.generator.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            logits = tf.reshape(self.discriminator(self.views(self.generated())), (3, self.size))
            losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(logits), logits)
            loss = tf.reduce_sum(tf.reduce_mean(losses, 1) * self.weights)
        self.g_adam.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss

    def step(self, *batches):
        for real in batches:
            d_loss = self.discriminator_step(real)
        g_loss = self.generator_step()
        decay = self.design["averageDecay"]
        for average, value in zip(self.average.variables, self.generator.variables):
            average.assign(decay * average + (1 - decay) * value)
        return d_loss, g_loss

    def train(self):
        batches = [self.real_batch() for _ in range(self.design["discriminatorSteps"])]
        return self.iteration(*batches)

    def run(self, count):
        """Seconds of every iteration and the last losses."""
        durations = []
        for _ in range(count):
            start = time.perf_counter()
            losses = [float(loss) for loss in self.train()]
            durations.append(time.perf_counter() - start)
        return durations, losses


def versions():
    return f"Keras {keras.__version__} on TensorFlow {tf.__version__}"
