"""Reference values of the layers, the loss and the optimiser from PyTorch, in double precision.

Run with PyTorch installed: python make_reference.py  (writes reference.json beside itself).
The written file names the versions that made it.
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as F

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    """Flat list in row order of values that a Float holds exactly or rounds once."""
    return [float(v) for v in tensor.detach().reshape(-1)]


def leaf(*shape, scale=1.0):
    """A random tensor, rounded to single precision so that both sides start from the same values."""
    return (scale * torch.randn(*shape)).float().double().requires_grad_()


def dense(slope):
    x, w, b, r = leaf(5, 7), leaf(4, 7), leaf(1, 4), leaf(5, 4)
    y = F.leaky_relu(F.linear(x, w, b[0]), slope) if slope != 1 else F.linear(x, w, b[0])
    (y * r).sum().backward()
    return dict(x=numbers(x), weight=numbers(w), bias=numbers(b), outputWeight=numbers(r),
                y=numbers(y), xGradient=numbers(x.grad), weightGradient=numbers(w.grad),
                biasGradient=numbers(b.grad))


def dense_tanh():
    """Inputs from 1e-3 to 30 times the others, so that tanh is seen small and saturated."""
    x, w, b, r = leaf(5, 7), leaf(4, 7), leaf(1, 4), leaf(5, 4)
    with torch.no_grad():
        x *= torch.tensor([[1e-3], [0.1], [1], [4], [30]])
        x.copy_(x.float().double())
        b *= 1e-3
        b.copy_(b.float().double())
    y = torch.tanh(F.linear(x, w, b[0]))
    (y * r).sum().backward()
    return dict(x=numbers(x), weight=numbers(w), bias=numbers(b), outputWeight=numbers(r),
                y=numbers(y), xGradient=numbers(x.grad), weightGradient=numbers(w.grad),
                biasGradient=numbers(b.grad))


def resampling(channels, length, output_length):
    x, r = leaf(3, channels * length), leaf(3, channels * output_length)
    y = F.interpolate(x.view(3, channels, length), size=output_length, mode="linear",
                      align_corners=False).reshape(3, -1)
    (y * r).sum().backward()
    return dict(shape=[channels, length, output_length], x=numbers(x), outputWeight=numbers(r),
                y=numbers(y), xGradient=numbers(x.grad))


def minibatch():
    """Two groups of six rows, five inputs, nineteen kernels of three dimensions, by broadcasting."""
    groups, rows, inputs, kernels, dims = 2, 6, 5, 19, 3
    x, t = leaf(groups * rows, inputs), leaf(dims * kernels, inputs, scale=0.3)
    r = leaf(groups * rows, inputs + kernels)
    m = (x @ t.T).view(groups, rows, dims, kernels)
    distance = (m[:, :, None] - m[:, None]).abs().sum(3)
    o = torch.exp(-distance).sum(2) - 1
    y = torch.cat([x, o.reshape(groups * rows, kernels)], 1)
    (y * r).sum().backward()
    return dict(x=numbers(x), weight=numbers(t), outputWeight=numbers(r), y=numbers(y),
                xGradient=numbers(x.grad), weightGradient=numbers(t.grad))


def convolution(channels, length, outputs, kernel, stride, slope):
    """Four examples of channels * length points in a row."""
    x, w, b = leaf(4, channels * length), leaf(outputs, channels * kernel), leaf(1, outputs)
    y = F.conv1d(x.view(4, channels, length), w.view(outputs, channels, kernel), b[0],
                 stride=stride, padding=(kernel - 1) // 2)
    y = F.leaky_relu(y, slope).reshape(4, -1)
    r = leaf(*y.shape)
    (y * r).sum().backward()
    return dict(shape=[channels, length, outputs, kernel, stride], slope=slope,
                values=dict(x=numbers(x), weight=numbers(w), bias=numbers(b),
                            outputWeight=numbers(r), y=numbers(y), xGradient=numbers(x.grad),
                            weightGradient=numbers(w.grad), biasGradient=numbers(b.grad)))


def cross_entropy():
    s = torch.tensor([-200.0, -30.0, -3.25, -0.5, 0.0, 0.75, 4.5, 30.0, 200.0], requires_grad=True)
    cases = []
    for target, weight in ((0.9, 1.0), (0.0, 0.5), (1.0, 1.0)):
        s.grad = None
        loss = weight * F.binary_cross_entropy_with_logits(s, torch.full_like(s, target))
        loss.backward()
        cases.append(dict(target=target, weight=weight, loss=loss.item(), gradient=numbers(s.grad)))
    return dict(logits=numbers(s), cases=cases)


def adam():
    """A hundred steps on a quadratic bowl, gradient = curvature * (w - minimum)."""
    w, curvature, minimum = leaf(1, 20), leaf(1, 20).detach().abs() + 0.05, leaf(1, 20).detach()
    start = numbers(w)
    optimiser = torch.optim.Adam([w], lr=4e-3, betas=(0.5, 0.9), eps=1e-8)
    path = []
    for step in range(1, 101):
        w.grad = curvature * (w.detach() - minimum)
        optimiser.step()
        if step == 1 or step % 20 == 0:
            path.append(dict(step=step, weight=numbers(w)))
    return dict(start=start, curvature=numbers(curvature), minimum=numbers(minimum),
                rate=4e-3, beta1=0.5, beta2=0.9, path=path)


def network():
    """Thirty Adam steps of a discriminator in small: dense, minibatch layer, dense, cross-entropy."""
    rows, inputs, hidden, kernels, dims = 8, 6, 5, 3, 2
    x = leaf(rows, inputs).detach()
    w1, b1, t = leaf(hidden, inputs, scale=0.4), leaf(1, hidden, scale=0.1), leaf(dims * kernels, hidden)
    w2, b2 = leaf(1, hidden + kernels, scale=0.4), leaf(1, 1, scale=0.1)
    start = [numbers(p) for p in (w1, b1, t, w2, b2)]
    optimiser = torch.optim.Adam([w1, b1, t, w2, b2], lr=1e-3, betas=(0.5, 0.9), eps=1e-8)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        h = F.relu(F.linear(x, w1, b1[0]))
        m = (h @ t.T).view(rows, dims, kernels)
        o = torch.exp(-(m[:, None] - m[None]).abs().sum(2)).sum(1) - 1
        s = F.linear(torch.cat([h, o], 1), w2, b2[0])[:, 0]
        half = rows // 2
        loss = F.binary_cross_entropy_with_logits(s[:half], torch.full((half,), 0.9))
        loss = loss + F.binary_cross_entropy_with_logits(s[half:], torch.zeros(rows - half))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return dict(x=numbers(x), start=start, losses=losses,
                end=[numbers(p) for p in (w1, b1, t, w2, b2)])


def softmax():
    """Logits from moderate to 200 apart, with and without class weights."""
    with torch.no_grad():
        s = leaf(7, 5) * torch.tensor([[0.1], [1], [1], [3], [10], [30], [60]])
        s[1] -= 200
        s[2, 3] += 200
        s = s.float().double()
    s.requires_grad_()
    target = torch.tensor([0, 1, 3, 2, 4, 0, 3])
    cases = []
    for weights in (None, [1.0, 0.5, 2.0, 0.25, 3.0]):
        s.grad = None
        loss = F.cross_entropy(s, target, None if weights is None else torch.tensor(weights))
        loss.backward()
        cases.append(dict(weights=weights, loss=loss.item(), gradient=numbers(s.grad)))
    return dict(logits=numbers(s), classes=target.tolist(), cases=cases,
                probabilities=numbers(torch.softmax(s, 1)))


def adam_w():
    """The bowl of adam(), with decoupled weight decay and a learning rate that changes."""
    w, curvature, minimum = leaf(1, 20), leaf(1, 20).detach().abs() + 0.05, leaf(1, 20).detach()
    start = numbers(w)
    optimiser = torch.optim.AdamW([w], betas=(0.9, 0.999), eps=1e-8, weight_decay=0.5)
    rates, path = [], []
    for step in range(1, 101):
        optimiser.param_groups[0]["lr"] = 1e-3 * (1 + step % 7)
        rates.append(optimiser.param_groups[0]["lr"])
        w.grad = curvature * (w.detach() - minimum)
        optimiser.step()
        if step == 1 or step % 20 == 0:
            path.append(dict(step=step, weight=numbers(w)))
    return dict(start=start, curvature=numbers(curvature), minimum=numbers(minimum),
                rates=rates, decay=0.5, beta1=0.9, beta2=0.999, path=path)


here = pathlib.Path(__file__).parent
reference = dict(
    versions=dict(python=platform.python_version(), torch=torch.__version__),
    denseIdentity=dense(1), denseReLU=dense(0.0), denseLeakyReLU=dense(0.3),
    minibatch=minibatch(), crossEntropy=cross_entropy(), adam=adam(), network=network(),
    denseTanh=dense_tanh(),
    resamplings=[resampling(2, 5, 12), resampling(3, 12, 5), resampling(2, 7, 7),
                 resampling(2, 1, 4)],
    convolutions=[convolution(2, 9, 3, 3, 1, 0.3), convolution(3, 10, 4, 5, 2, 0.0),
                  convolution(1, 8, 2, 7, 3, 0.3), convolution(2, 3, 2, 9, 1, 0.3)],
    softmax=softmax(), adamW=adam_w())
(here / "reference.json").write_text(json.dumps(reference))
