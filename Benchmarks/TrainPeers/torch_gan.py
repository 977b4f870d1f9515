"""The program's GAN in PyTorch: the same networks, the same two steps, written as its users would.

Set up to be fast on a CPU: fused Adam, no weight gradients where nobody wants them, all six views of a
batch in one pass, the projection in the thin order, denormals flushed.
"""

import math
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_flush_denormal(True)


def uniform(*shape, fan_in):
    limit = fan_in**-0.5
    return nn.Parameter(torch.empty(*shape).uniform_(-limit, limit))


class Dense(nn.Linear):
    """PyTorch's layer with weights as the program starts them: uniform within 1/sqrt(inputs)."""

    def reset_parameters(self):
        nn.init.uniform_(self.weight, -self.in_features**-0.5, self.in_features**-0.5)
        nn.init.zeros_(self.bias)


class CoefficientDense(nn.Module):
    """A dense layer of what coefficients stand for, in the thin order: c (W B')' + b."""

    def __init__(self, patterns, outputs):
        super().__init__()
        self.register_buffer("patterns_t", patterns.T.contiguous())
        self.weight = uniform(outputs, patterns.shape[1], fan_in=patterns.shape[1])
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, c):
        return F.linear(c, self.weight @ self.patterns_t, self.bias)


class MinibatchDiscrimination(nn.Module):
    def __init__(self, inputs, kernels, dimensions, group):
        super().__init__()
        self.group, self.kernels, self.dimensions = group, kernels, dimensions
        self.weight = uniform(dimensions * kernels, inputs, fan_in=inputs)

    def distances(self, x):
        """Groups x spectra x spectra x kernels."""
        m = F.linear(x, self.weight).view(-1, self.group, self.dimensions, self.kernels)
        if torch.compiler.is_compiling():
            return (m.unsqueeze(2) - m.unsqueeze(1)).abs().sum(3)  # which it fuses
        m = m.permute(0, 3, 1, 2).contiguous()
        return torch.cdist(m, m, p=1.0).permute(0, 2, 3, 1)

    def forward(self, x):
        closeness = torch.exp(-self.distances(x)).sum(2) - 1
        return torch.cat([x, closeness.view(-1, self.kernels)], 1)

    @torch.no_grad()
    def calibrate(self, x, target):
        """Half the mean distance to the nearest other spectrum becomes `target`."""
        distances = self.distances(x)[0] + torch.eye(self.group).unsqueeze(2) * 1e30
        self.weight *= target / (distances.amin(1).mean() / 2)


def shifted(x, shift, reach):
    """Each row moved by its own fraction of a channel, ends repeated: a tent over few neighbours."""
    width = int(math.ceil(reach))
    padded = F.pad(x.unsqueeze(0), (width, width), mode="replicate")[0]
    count = x.shape[1]
    y = 0
    for step in range(-width, width + 1):
        weight = (1 - (shift - step).abs()).clamp(min=0)
        y = y + weight * padded[:, width - step : width - step + count]
    return y


def normalised(x, floor):
    return x / x.amax(1, keepdim=True).clamp(min=floor)


class Convolution(nn.Conv1d):
    """As the program starts its weights, the ends padded with zeros."""

    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(inputs, outputs, kernel, stride, padding=(kernel - 1) // 2)

    def reset_parameters(self):
        limit = (self.in_channels * self.kernel_size[0]) ** -0.5
        nn.init.uniform_(self.weight, -limit, limit)
        nn.init.zeros_(self.bias)


def counted(x, share):
    """Noise of which the variance grows with the signal, a constant to the gradient."""
    return x + share * x.detach().sqrt() * torch.randn_like(x)


class DenseBody(nn.Module):
    """SimpleDense: from normal deviates to spectra in the components."""

    def __init__(self, facts, mean):
        super().__init__()
        design = self.design = facts.design
        first, second = design["generatorWidths"]
        self.dense1 = Dense(design["latentCount"], first)
        self.dense2 = Dense(first, second)
        self.dense3 = Dense(first + second, facts.channels)
        with torch.no_grad():
            self.dense3.weight *= design["outputWeightScale"]
            self.dense3.bias.copy_(torch.from_numpy(mean))
        self.register_buffer("basis", torch.from_numpy(facts.basis))
        self.register_buffer("complement", torch.from_numpy(facts.complement))

    def forward(self, latent):
        design = self.design
        hidden = F.relu(self.dense1(latent))
        reach = design["hiddenRoll"]
        # A tensor, not a Python number, so that the compiled step is one graph.
        roll = torch.randint(-reach, reach + 1, (1,))
        columns = (torch.arange(hidden.shape[1]) - roll) % hidden.shape[1]
        hidden = hidden.index_select(1, columns)
        hidden = hidden + design["hiddenGaussian"] * torch.randn_like(hidden)
        wide = counted(F.relu(self.dense2(hidden)), design["hiddenPoisson"])
        x = self.dense3(torch.cat([hidden, wide], 1))
        return torch.addmm(self.complement, x @ self.basis.T, self.basis)


class ConvolutionalBody(nn.Module):
    """SimpleConvo: few points of many channels to all points of one, and that into the components."""

    def __init__(self, facts):
        super().__init__()
        design = self.design = facts.design
        self.channels, self.lengths = design["generatorChannels"], [facts.channels]
        for _ in self.channels:
            self.lengths.insert(0, (self.lengths[0] - 1) // design["convolutionStride"] + 1)
        self.dense = Dense(design["latentCount"], self.channels[0] * self.lengths[0])
        self.convolutions = nn.ModuleList(
            Convolution(inputs, outputs, design["convolutionKernel"])
            for inputs, outputs in zip(self.channels, self.channels[1:] + [1]))
        with torch.no_grad():
            self.convolutions[-1].weight *= design["outputWeightScale"]
        self.register_buffer("basis_t", torch.from_numpy(facts.basis.T.copy()))
        self.register_buffer("patterns", torch.from_numpy(facts.patterns))
        self.register_buffer("centre", torch.from_numpy(facts.centre))

    def forward(self, latent):
        design = self.design
        x = F.relu(self.dense(latent))
        x = x + design["hiddenGaussian"] * torch.randn_like(x)
        x = x.view(-1, self.channels[0], self.lengths[0])
        for convolution, length in zip(self.convolutions, self.lengths[1:]):
            x = convolution(x)
            if convolution is not self.convolutions[-1]:
                x = counted(F.relu(x), design["hiddenPoisson"])
            x = F.interpolate(x, length, mode="linear")
        return torch.addmm(self.centre, x[:, 0] @ self.basis_t, self.patterns)


class Generator(nn.Module):
    def __init__(self, facts, mean):
        super().__init__()
        self.facts, self.design, self.batch = facts, facts.design, facts.design["batchSize"]
        convolutional = self.design["architecture"] == "SimpleConvo"
        self.body = ConvolutionalBody(facts) if convolutional else DenseBody(facts, mean)
        self.register_buffer("background", torch.from_numpy(facts.noise_background))
        self.register_buffer("colour", torch.from_numpy(facts.noise_colour)[None, None])

    def forward(self):
        design, facts, size = self.design, self.facts, self.batch
        x = self.body(torch.randn(size, design["latentCount"]))
        shift = (2 * torch.rand(size, 1) - 1) * facts.generator_shift
        x = normalised(shifted(x, shift, facts.generator_shift), design["smallestMaximum"])
        white = torch.randn(size, 1, facts.channels + self.colour.shape[2] - 1)
        deviation = (facts.noise_gain * x.clamp(min=1e-6) + self.background).sqrt()
        x = x + deviation * F.conv1d(white, self.colour)[:, 0]
        return normalised(x, design["smallestMaximum"])


class ConvolutionalFront(nn.Module):
    """SimpleConvo: the first branch sees the patterns that coefficients stand for, convolved."""

    def __init__(self, facts, widths):
        super().__init__()
        design = facts.design
        scale = (facts.channels / (facts.scatter**2).sum()) ** 0.5
        self.register_buffer("patterns", torch.from_numpy((scale * facts.patterns).astype("float32")))
        channels, stride = [1] + design["discriminatorChannels"], design["convolutionStride"]
        self.convolutions = nn.ModuleList(
            Convolution(inputs, outputs, design["convolutionKernel"], stride)
            for inputs, outputs in zip(channels, channels[1:]))
        length = facts.channels
        for _ in self.convolutions:
            length = (length - 1) // stride + 1
        self.dense1 = Dense(channels[-1] * length, widths[0])
        self.dense2 = Dense(len(facts.basis), sum(widths[1:]))

    def forward(self, c):
        x = (c @ self.patterns).unsqueeze(1)
        for convolution in self.convolutions:
            x = F.relu(convolution(x))
        return torch.cat([self.dense1(x.flatten(1)), self.dense2(c)], 1)


class Branch(nn.Module):
    def __init__(self, first, second, design):
        super().__init__()
        options = (design["minibatchKernels"], design["minibatchDimensions"], design["batchSize"])
        self.minibatch1 = MinibatchDiscrimination(first, *options)
        self.dense = Dense(first + options[0], second)
        self.minibatch2 = MinibatchDiscrimination(second, *options)

    def forward(self, x):
        return self.minibatch2(F.relu(self.dense(self.minibatch1(x))))

    def calibrate(self, x, target):
        self.minibatch1.calibrate(x, target)
        self.minibatch2.calibrate(F.relu(self.dense(self.minibatch1(x))), target)


class Discriminator(nn.Module):
    def __init__(self, facts):
        super().__init__()
        design = facts.design
        widths = design["branches"]
        self.split = [width[0] for width in widths]
        self.noise = design["instanceNoise"]
        self.register_buffer("directions_t", torch.from_numpy(facts.directions.T.copy()))
        self.register_buffer("origin", torch.from_numpy(facts.origin))
        if design["architecture"] == "SimpleConvo":
            self.first = ConvolutionalFront(facts, self.split)
        else:
            self.first = CoefficientDense(torch.from_numpy(facts.patterns), sum(self.split))
        self.branches = nn.ModuleList(
            Branch(width[0], width[1], design) for width in widths)
        joined = sum(width[1] + design["minibatchKernels"] for width in widths)
        self.head = Dense(joined, design["lastWidth"])
        self.output = Dense(design["lastWidth"], 1)

    def seen(self, x):
        return torch.addmm(self.origin, x, self.directions_t)

    def forward(self, x):
        c = self.seen(x)
        c = c + self.noise * torch.randn_like(c)
        parts = F.relu(self.first(c)).split(self.split, 1)
        joined = torch.cat([branch(part) for branch, part in zip(self.branches, parts)], 1)
        return self.output(F.relu(self.head(joined)))

    @torch.no_grad()
    def calibrate(self, x, target):
        parts = F.relu(self.first(self.seen(x))).split(self.split, 1)
        for branch, part in zip(self.branches, parts):
            branch.calibrate(part, target)


class GAN:
    def __init__(self, facts, spectra, threads, compiled):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.manual_seed(1)
        design = facts.design
        self.facts, self.design, self.spectra = facts, design, torch.from_numpy(spectra)
        self.size = design["batchSize"]
        self.generator = Generator(facts, spectra.mean(0))
        self.discriminator = Discriminator(facts)
        self.discriminator.calibrate(self.real_batch(), design["minibatchDistance"])
        options = {"betas": (design["beta1"], design["beta2"]), "eps": 1e-8, "fused": True}
        self.d_parameters = list(self.discriminator.parameters())
        self.g_parameters = list(self.generator.parameters())
        self.d_adam = torch.optim.Adam(self.d_parameters, lr=design["discriminatorRate"], **options)
        self.g_adam = torch.optim.Adam(self.g_parameters, lr=design["generatorRate"], **options)
        self.average = [p.detach().clone() for p in self.g_parameters]
        weights = [design["plainWeight"], design["shiftWeight"], design["noiseWeight"]]
        self.weights = torch.tensor(weights)
        self.targets = torch.tensor([design["realTarget"], 0.0])
        self.d_loss, self.g_loss = self.discriminator_loss, self.generator_loss
        if compiled:
            # PyTorch's own generator: the compiled one is scalar on a CPU.
            torch._inductor.config.fallback_random = True
            self.d_loss = torch.compile(self.d_loss, dynamic=False)
            self.g_loss = torch.compile(self.g_loss, dynamic=False)

    def counts(self):
        return [sum(p.numel() for p in parameters)
                for parameters in (self.g_parameters, self.d_parameters)]

    def real_batch(self):
        return self.spectra[torch.randperm(len(self.spectra))[: self.size]]

    def views(self, plain):
        """Plain, T1 and T2."""
        rows, reach = plain.shape[0], self.facts.transform_shift
        shift = (2 * torch.rand(rows, 1) - 1) * reach
        deviation = (self.facts.transform_noise * plain.detach().clamp(min=0)).sqrt()
        return torch.cat([
            plain, shifted(plain, shift, reach), plain + deviation * torch.randn_like(plain)])

    def discriminator_loss(self, real):
        with torch.no_grad():
            views = self.views(torch.cat([real, self.generator()]))
        logits = self.discriminator(views).view(3, 2, self.size)
        target = self.targets.view(1, 2, 1).expand_as(logits)
        losses = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return (losses.mean(2).sum(1) * self.weights).sum()

    def generator_loss(self):
        logits = self.discriminator(self.views(self.generator())).view(3, self.size)
        losses = F.binary_cross_entropy_with_logits(
            logits, torch.ones_like(logits), reduction="none")
        return (losses.mean(1) * self.weights).sum()

    def step(self):
        for _ in range(self.design["discriminatorSteps"]):
            d_loss = self.d_loss(self.real_batch())
            for p, g in zip(self.d_parameters, torch.autograd.grad(d_loss, self.d_parameters)):
                p.grad = g
            self.d_adam.step()
        for p in self.d_parameters:
            p.requires_grad_(False)
        g_loss = self.g_loss()
        for p, g in zip(self.g_parameters, torch.autograd.grad(g_loss, self.g_parameters)):
            p.grad = g
        for p in self.d_parameters:
            p.requires_grad_(True)
        self.g_adam.step()
        torch._foreach_lerp_(self.average, self.g_parameters, 1 - self.design["averageDecay"])
        return d_loss, g_loss

    def run(self, count):
        """Seconds of every iteration and the last losses."""
        durations = []
        for _ in range(count):
            start = time.perf_counter()
            losses = [loss.item() for loss in self.step()]
            durations.append(time.perf_counter() - start)
        return durations, losses


def versions():
    return f"PyTorch {torch.__version__}"
