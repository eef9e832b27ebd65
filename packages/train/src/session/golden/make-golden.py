"""Golden values of networks in training and in inference, from PyTorch's autograd in float64.

Written from Keras' definitions alone and sharing no code with ours, so that a mistake would have to be made twice:
layouts and names of weights, 'same' padding (the odd pixel goes below and right), batch normalization (epsilon 1e-3,
momentum 0.99, biased variance in the moving statistics too) and Adam (epsilon outside the bias correction) are Keras'.

Weights, inputs and targets are not stored: a formula gives them, here and in ../golden.test.ts.

    /usr/bin/python3 make-golden.py        # Debian's python3-torch; rewrites the .json files beside this file
"""
import json
import re
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
EPSILON, MOMENTUM = 1e-3, 0.99
LEARNING_RATE, BETA1, BETA2, ADAM_EPSILON = 0.001, 0.9, 0.999, 1e-7


def uniform(name, count, low, high):
    """`count` float32 in low…high: a 32-bit linear congruential generator, seeded with the FNV-1a hash of `name`."""
    state = 0x811C9DC5
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    values = numpy.empty(count)
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = low + (high - low) * ((state >> 8) / 16777216)
    return values.astype(numpy.float32).astype(numpy.float64)


def tensor(name, shape, low, high):
    return torch.from_numpy(uniform(name, int(numpy.prod(shape)), low, high).reshape(shape))


class Network:
    """Runs layers one by one on NHWC tensors; a weight is made when its layer first runs."""

    def __init__(self, body, l2=None):
        self.body, self.l2 = body, l2 or {}
        self.weights, self.moving = {}, {}

    def __call__(self, x, training):
        self.counters, self.training = {}, training
        return self.body(self, x)

    def layer(self, stem):
        self.counters[stem] = self.counters.get(stem, 0) + 1
        return f'{stem}_{self.counters[stem]}'

    def weight(self, name, shape, low, high):
        if name not in self.weights:
            self.weights[name] = tensor(name, shape, low, high).requires_grad_()
        return self.weights[name]

    def kernel(self, name, shape, fan_in):
        limit = (3 / fan_in) ** 0.5
        return self.weight(name, shape, -limit, limit)

    @staticmethod
    def pad(x, window, stride, padding, value=0.0):
        """Keras' 'same': out = ceil(in / stride); of an odd padding the larger half is below and right."""
        if padding == 'valid':
            return x
        edges = []
        for size, extent in ((x.shape[2], window[1]), (x.shape[1], window[0])):
            total = max((-(-size // stride) - 1) * stride + extent - size, 0)
            edges += [total // 2, total - total // 2]
        return F.pad(x, [0, 0, *edges], value=value)

    @staticmethod
    def convolve(x, kernel, stride, groups=1):
        return F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), stride=stride, groups=groups).permute(0, 2, 3, 1)

    def conv2d(self, x, filters, size, stride=1, padding='valid', bias=True, groups=1):
        name, channels = self.layer('conv2d'), x.shape[3] // groups
        kernel = self.kernel(f'{name}/kernel', (size, size, channels, filters), size * size * channels)
        y = self.convolve(self.pad(x, (size, size), stride, padding), kernel, stride, groups)
        return y + self.weight(f'{name}/bias', (filters,), -0.5, 0.5) if bias else y

    def depthwise(self, x, name, size, stride, padding):
        channels = x.shape[3]
        kernel = self.kernel(name, (size, size, channels, 1), size * size)
        return self.convolve(self.pad(x, (size, size), stride, padding), kernel.transpose(2, 3), stride, groups=channels)

    def depthwise_conv2d(self, x, size, stride=1, padding='valid', bias=True):
        name = self.layer('depthwise_conv2d')
        y = self.depthwise(x, f'{name}/depthwise_kernel', size, stride, padding)
        return y + self.weight(f'{name}/bias', (x.shape[3],), -0.5, 0.5) if bias else y

    def separable_conv2d(self, x, filters, size, stride=1, padding='valid', bias=True):
        name, channels = self.layer('separable_conv2d'), x.shape[3]
        x = self.depthwise(x, f'{name}/depthwise_kernel', size, stride, padding)
        y = self.convolve(x, self.kernel(f'{name}/pointwise_kernel', (1, 1, channels, filters), channels), 1)
        return y + self.weight(f'{name}/bias', (filters,), -0.5, 0.5) if bias else y

    def batch_normalization(self, x):
        name, c = self.layer('batch_normalization'), x.shape[3]
        gamma = self.weight(f'{name}/gamma', (c,), 0.5, 1.5)
        beta = self.weight(f'{name}/beta', (c,), -0.5, 0.5)
        if f'{name}/moving_mean' not in self.moving:
            self.moving[f'{name}/moving_mean'] = tensor(f'{name}/moving_mean', (c,), -0.3, 0.3)
            self.moving[f'{name}/moving_variance'] = tensor(f'{name}/moving_variance', (c,), 1, 4)
        mean, variance = self.moving[f'{name}/moving_mean'], self.moving[f'{name}/moving_variance']
        if self.training:
            batch_mean, batch_variance = x.mean((0, 1, 2)), x.var((0, 1, 2), unbiased=False)
            self.moving[f'{name}/moving_mean'] = mean * MOMENTUM + batch_mean.detach() * (1 - MOMENTUM)
            self.moving[f'{name}/moving_variance'] = variance * MOMENTUM + batch_variance.detach() * (1 - MOMENTUM)
            mean, variance = batch_mean, batch_variance
        return gamma * (x - mean) / torch.sqrt(variance + EPSILON) + beta

    def max_pooling2d(self, x, size, stride, padding='valid'):
        x = self.pad(x, (size, size), stride, padding, value=-float('inf'))
        return F.max_pool2d(x.permute(0, 3, 1, 2), size, stride).permute(0, 2, 3, 1)

    def average_pooling2d(self, x, size, stride, padding='valid', count_padding=True):
        """The mean of the pixels that exist is that of all, padding and zeros included, over the share that exists."""
        pool = lambda t: F.avg_pool2d(t.permute(0, 3, 1, 2), size, stride).permute(0, 2, 3, 1)
        mean = pool(self.pad(x, (size, size), stride, padding))
        return mean if count_padding else mean / pool(self.pad(torch.ones_like(x), (size, size), stride, padding))

    def prelu(self, x):
        alpha = self.weight(f'{self.layer("p_re_lu")}/alpha', (x.shape[3],), 0.1, 0.5)
        return torch.where(x > 0, x, alpha * x)

    @staticmethod
    def resize2d(x, size, mode):
        return F.interpolate(x.permute(0, 3, 1, 2), size=size, mode=mode).permute(0, 2, 3, 1)

    def dense(self, x, units):
        name, features = self.layer('dense'), x.shape[1]
        bias = self.weight(f'{name}/bias', (units,), -0.5, 0.5)
        return x @ self.kernel(f'{name}/kernel', (features, units), features) + bias


def mini_xception(net, x):
    for _ in range(2):
        x = F.relu(net.batch_normalization(net.conv2d(x, 8, 3, bias=False)))
    for filters in (16, 32, 64, 128):
        residual = net.batch_normalization(net.conv2d(x, filters, 1, stride=2, padding='same', bias=False))
        x = F.relu(net.batch_normalization(net.separable_conv2d(x, filters, 3, padding='same', bias=False)))
        x = net.batch_normalization(net.separable_conv2d(x, filters, 3, padding='same', bias=False))
        x = net.max_pooling2d(x, 3, 2, padding='same') + residual
    return net.conv2d(x, 7, 3, padding='same').mean((1, 2))


def between(layer):
    """A layer after a 1×1 convolution, whose gradient shows the layer's input gradient, and before a dense one."""
    return lambda net, x: net.dense(layer(net, net.conv2d(x, 4, 1)).flatten(1), 3)


def squeeze_excitation(net, x, units):
    squeezed = F.relu(net.dense(x.mean((1, 2)), units))
    return x * torch.sigmoid(net.dense(squeezed, x.shape[3]))[:, None, None, :]


# One layer kind each; odd and even sides, so that 'same' pads differently in the two directions.
LAYERS = {
    'conv2d valid': between(lambda net, x: net.conv2d(x, 5, 3)),
    'conv2d same': between(lambda net, x: net.conv2d(x, 5, 3, padding='same')),
    'conv2d valid, stride 2': between(lambda net, x: net.conv2d(x, 5, 3, stride=2)),
    'conv2d same, stride 2': between(lambda net, x: net.conv2d(x, 5, 3, stride=2, padding='same')),
    'conv2d 1×1 same, stride 2': between(lambda net, x: net.conv2d(x, 5, 1, stride=2, padding='same', bias=False)),
    'depthwiseConv2d same': between(lambda net, x: net.depthwise_conv2d(x, 3, padding='same')),
    'depthwiseConv2d same, stride 2': between(lambda net, x: net.depthwise_conv2d(x, 3, stride=2, padding='same')),
    'separableConv2d same': between(lambda net, x: net.separable_conv2d(x, 6, 3, padding='same')),
    'separableConv2d valid, stride 2': between(lambda net, x: net.separable_conv2d(x, 6, 3, stride=2, bias=False)),
    'batchNormalization': between(lambda net, x: net.batch_normalization(x)),
    'batchNormalization and relu': between(lambda net, x: F.relu(net.batch_normalization(x))),
    'relu': between(lambda net, x: F.relu(x)),
    'maxPooling2d same 3×3, stride 2': between(lambda net, x: net.max_pooling2d(x, 3, 2, padding='same')),
    'maxPooling2d valid 2×2': between(lambda net, x: net.max_pooling2d(x, 2, 2)),
    'add': between(lambda net, x: net.conv2d(x, 4, 3, padding='same') + x),
    'conv2d same, 2 groups': between(lambda net, x: net.conv2d(x, 6, 3, padding='same', groups=2)),
    'conv2d valid, stride 2, 2 groups': between(lambda net, x: net.conv2d(x, 2, 3, stride=2, groups=2, bias=False)),
    'conv2d 1×1, 2 groups': between(lambda net, x: net.conv2d(x, 8, 1, groups=2)),
    'conv2d same, a group a channel': between(lambda net, x: net.conv2d(x, 4, 3, padding='same', groups=4)),
    'prelu': between(lambda net, x: net.prelu(x)),
    'clip': between(lambda net, x: x.clamp(-0.4, 0.7)),
    'relu6': between(lambda net, x: F.relu6(8 * x)),
    'sigmoid': between(lambda net, x: torch.sigmoid(x)),
    'tanh': between(lambda net, x: torch.tanh(x)),
    'hardSigmoid': between(lambda net, x: F.hardsigmoid(8 * x)),
    'hardSwish': between(lambda net, x: F.hardswish(8 * x)),
    'softmax': between(lambda net, x: x.softmax(3)),
    'averagePooling2d valid 2×2': between(lambda net, x: net.average_pooling2d(x, 2, 2)),
    'averagePooling2d same 3×3, stride 2': between(
        lambda net, x: net.average_pooling2d(x, 3, 2, padding='same', count_padding=False)),
    'averagePooling2d same 3×3, with padding': between(lambda net, x: net.average_pooling2d(x, 3, 1, padding='same')),
    'multiply': between(lambda net, x: net.conv2d(x, 4, 3, padding='same') * x),
    'multiply by itself': between(lambda net, x: x * x),
    'multiply per channel': between(lambda net, x: x * torch.sigmoid(net.dense(x.mean((1, 2)), 4))[:, None, None, :]),
    'squeeze-excitation': between(lambda net, x: squeeze_excitation(net, x, 2)),
    'concatenate channels': between(
        lambda net, x: torch.cat([net.conv2d(x, 3, 1), x, net.conv2d(x, 5, 3, padding='same')], 3)),
    'concatenate rows': between(lambda net, x: torch.cat([x, net.conv2d(x, 4, 3, padding='same'), x], 1)),
    'concatenate columns': between(lambda net, x: torch.cat([net.conv2d(x, 4, 3, padding='same'), x], 2)),
    'resize2d nearest, larger': between(lambda net, x: net.resize2d(x, (14, 15), 'nearest-exact')),
    'resize2d nearest, smaller': between(lambda net, x: net.resize2d(x, (3, 4), 'nearest-exact')),
    'resize2d bilinear, larger': between(lambda net, x: net.resize2d(x, (14, 15), 'bilinear')),
    'resize2d bilinear, smaller': between(lambda net, x: net.resize2d(x, (3, 4), 'bilinear')),
    'zeroPadding2d': between(lambda net, x: F.pad(x, [0, 0, 2, 0, 1, 3])),
    'zeroPadding2d of channels': between(lambda net, x: F.pad(x, [0, 3, 1, 1, 1, 1])),
    'zeroPadding2d of channels alone': between(lambda net, x: F.pad(x, [0, 2])),
    'used twice': between(lambda net, x: torch.tanh(x) + net.average_pooling2d(x, 3, 1, padding='same') + net.prelu(x)),
    'globalAveragePooling2d': lambda net, x: net.dense(net.conv2d(x, 4, 3).mean((1, 2)), 3),
}


def digest(values):
    """Norm, sum and 16 values spread over the array: enough to tell any wrong gradient, small enough to keep."""
    flat = values.detach().reshape(-1)
    spread = [flat[i * len(flat) // 16].item() for i in range(16)]
    return {'norm': flat.norm().item(), 'sum': flat.sum().item(), 'spread': spread}


def batch(step, count, shape, classes):
    """Inputs in −1…1 and soft targets whose rows sum to one (up to float32)."""
    inputs = tensor(f'inputs {step}', (count, *shape), -1, 1)
    raw = tensor(f'targets {step}', (count, classes), 0, 1)
    return inputs, (raw / raw.sum(1, keepdim=True)).float().double()


def loss_of(net, inputs, targets):
    """Mean cross-entropy and, apart from it, Keras' l2(c) penalties: c·Σw²."""
    logits = net(inputs, training=True)
    cross_entropy = -(targets * F.log_softmax(logits, 1)).sum(1).mean()
    penalty = sum((c * net.weights[name].square().sum() for name, c in net.l2.items()), torch.zeros((), dtype=torch.float64))
    return logits, cross_entropy, penalty


def golden(body, shape, classes, count, steps, l2=None, target_weights=None):
    """`target_weights`: what each picture's row of targets sums to, if not 1."""
    net = Network(body, l2)
    inputs, targets = batch(1, count, shape, classes)
    if target_weights:
        targets = targets * torch.tensor(target_weights, dtype=torch.float64)[:, None]
    inference = net(inputs, training=False).softmax(1)
    logits, cross_entropy, penalty = loss_of(net, inputs, targets)
    names = list(net.weights)
    gradients = torch.autograd.grad(cross_entropy + penalty, list(net.weights.values()))
    result = {
        'inference': inference.flatten().tolist(),
        'training': logits.softmax(1).flatten().tolist(),
        'crossEntropy': cross_entropy.item(),
        'penalty': penalty.item(),
        'gradients': {name: digest(g) for name, g in zip(names, gradients)},
        'moving': {name: digest(values) for name, values in net.moving.items()},
    }
    if steps:
        result['adam'] = adam(Network(body, l2), shape, classes, count, steps)
    return result


def adam(net, shape, classes, count, steps):
    net(batch(1, count, shape, classes)[0], training=False)
    first = {name: torch.zeros_like(w) for name, w in net.weights.items()}
    second = {name: torch.zeros_like(w) for name, w in net.weights.items()}
    for step in range(1, steps + 1):
        _, cross_entropy, penalty = loss_of(net, *batch(step, count, shape, classes))
        gradients = torch.autograd.grad(cross_entropy + penalty, list(net.weights.values()))
        rate = LEARNING_RATE * (1 - BETA2**step) ** 0.5 / (1 - BETA1**step)
        for (name, w), g in zip(net.weights.items(), gradients):
            first[name] = BETA1 * first[name] + (1 - BETA1) * g
            second[name] = BETA2 * second[name] + (1 - BETA2) * g * g
            w.data -= rate * first[name] / (second[name].sqrt() + ADAM_EPSILON)
    inference = net(batch(1, count, shape, classes)[0], training=False).softmax(1)
    weights = {name: digest(values) for name, values in {**net.weights, **net.moving}.items()}
    return {'steps': steps, 'inference': inference.flatten().tolist(), 'weights': weights}


# A weighty picture, a light one and one that must not count.
TARGET_WEIGHTS = [2.5, 0.25, 0.0]
TEMPERATURE, TEACHER_SHARE = 3.0, 0.4


def distilled():
    """Labels and a teacher's probabilities at a temperature (Hinton et al. 2015); the teacher says step 2's targets."""
    net = Network(small)
    inputs, labels = batch(1, 3, (7, 6, 3), 3)
    opinions = batch(2, 3, (7, 6, 3), 3)[1]
    logits = net(inputs, training=True)
    hard = -(labels * F.log_softmax(logits, 1)).sum(1)
    soft = -(opinions * F.log_softmax(logits / TEMPERATURE, 1)).sum(1)
    weights = torch.tensor(TARGET_WEIGHTS, dtype=torch.float64)
    loss = (weights * ((1 - TEACHER_SHARE) * hard + TEACHER_SHARE * TEMPERATURE**2 * soft)).mean()
    gradients = torch.autograd.grad(loss, list(net.weights.values()))
    return {'loss': loss.item(), 'gradients': {name: digest(g) for name, g in zip(net.weights, gradients)}}


def small(net, x):
    """Kernels, a bias, gamma and beta; no weight whose gradient is 0 but for rounding, which Adam would blow up."""
    return net.dense(F.relu(net.batch_normalization(net.conv2d(x, 4, 3, bias=False))).flatten(1), 3)


# PyTorch's own optimisers. Its Adam adds epsilon to the corrected root, Keras' to the uncorrected one: too small to tell.
OPTIMIZERS = {
    'sgd': lambda kernels, others: torch.optim.SGD(kernels + others, lr=0.01),
    'momentum': lambda kernels, others: torch.optim.SGD(kernels + others, lr=0.01, momentum=0.9),
    'nesterov': lambda kernels, others: torch.optim.SGD(kernels + others, lr=0.01, momentum=0.9, nesterov=True),
    'adam': lambda kernels, others: torch.optim.Adam(kernels + others, lr=0.01, eps=1e-12),
    'adamw': lambda kernels, others: torch.optim.AdamW(
        [{'params': kernels, 'weight_decay': 0.5}, {'params': others, 'weight_decay': 0.0}], lr=0.01, eps=1e-12),
}


def optimized(create, steps):
    net = Network(small)
    net(batch(1, 2, (7, 6, 3), 3)[0], training=False)
    kernels = [w for name, w in net.weights.items() if name.endswith('kernel')]
    others = [w for name, w in net.weights.items() if not name.endswith('kernel')]
    optimizer = create(kernels, others)
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        loss_of(net, *batch(step, 2, (7, 6, 3), 3))[1].backward()
        optimizer.step()
    return {'steps': steps, 'weights': {name: digest(values) for name, values in net.weights.items()}}


def write(name, value):
    """Nine digits, more than float32 has; an array of numbers on one line."""
    rounded = json.loads(json.dumps(value), parse_float=lambda text: float(f'{float(text):.9g}'))
    text = json.dumps(rounded, ensure_ascii=False, indent=1)
    text = re.sub(r'\[[^\[\]{}]*\]', lambda array: ' '.join(array[0].split()).replace('[ ', '[').replace(' ]', ']'), text)
    Path(__file__).with_name(name).write_text(text + '\n')


if __name__ == '__main__':
    l2 = {'conv2d_1/kernel': 0.01, 'conv2d_2/kernel': 0.01}
    write('mini-xception.json', golden(mini_xception, (48, 48, 1), 7, count=4, steps=3, l2=l2))
    layers = {name: golden(body, (7, 6, 3), 3, count=2, steps=0) for name, body in LAYERS.items()}
    write('layers.json', layers)
    write('weighted-targets.json', golden(small, (7, 6, 3), 3, count=3, steps=0, target_weights=TARGET_WEIGHTS))
    write('distillation.json', distilled())
    write('optimizers.json', {name: optimized(create, 5) for name, create in OPTIMIZERS.items()})
