"""CAM++: the speaker embedding network, and the filterbank it hears.

Written from the paper: H. Wang, S. Zheng, Y. Chen, L. Cheng, Q. Chen, "CAM++: A Fast and Efficient
Network for Speaker Verification Using Context-Aware Masking", Interspeech 2023 (arXiv:2303.00332),
with the sizes of its "common" checkpoints: a front end of 32 channels, dense blocks of 12, 24 and 16
layers with growth 32, embeddings of 192. Parameter names are those of the published weights, which
are loaded with ``strict=True``.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

from audit.errors import ModelError
from audit.types import SAMPLE_RATE_HZ

MEL_BINS = 80
EMBEDDING_SIZE = 192
FRAME_SHIFT_SAMPLES = 10 * SAMPLE_RATE_HZ // 1000
_FRAME_SAMPLES = 25 * SAMPLE_RATE_HZ // 1000
_FFT_SIZE = 512
_LOW_HZ, _HIGH_HZ = 20.0, SAMPLE_RATE_HZ / 2
_PREEMPHASIS = 0.97
_ENERGY_FLOOR = torch.finfo(torch.float32).eps

_FRONT_CHANNELS = 32
_TDNN_CHANNELS = 128
_GROWTH = 32
_BOTTLENECK = 128
#: Layers and dilation of the three dense blocks.
_BLOCKS = ((12, 1), (24, 2), (16, 2))
#: Context of the mask: means over segments of 100 frames, and over all.
_SEGMENT_FRAMES = 100


def log_mel_filterbank(waveforms: Tensor) -> Tensor:
    """Kaldi's 80-bin log mel filterbank (no dither, Povey window, 25 ms frames every 10 ms).

    ``waveforms`` is float, shape ``(batch, n)``, 16 kHz, ``n >= 400``; the result has shape
    ``(batch, frames, 80)`` with ``frames = 1 + (n - 400) // 160`` ("snip edges").
    """
    frames = waveforms.unfold(1, _FRAME_SAMPLES, FRAME_SHIFT_SAMPLES)
    frames = frames - frames.mean(dim=2, keepdim=True)
    before = F.pad(frames, (1, 0), mode="replicate")[..., :-1]
    frames = (frames - _PREEMPHASIS * before) * _povey_window()
    power = torch.fft.rfft(frames, n=_FFT_SIZE).abs().square()
    energies: Tensor = power @ _mel_weights().T
    return energies.clamp_min(_ENERGY_FLOOR).log()


@functools.lru_cache(maxsize=1)
def _povey_window() -> Tensor:
    window: Tensor = torch.hann_window(_FRAME_SAMPLES, periodic=False)
    return window.pow(0.85)


@functools.lru_cache(maxsize=1)
def _mel_weights() -> Tensor:
    """Triangles on the mel scale, shape ``(80, 257)``; the highest FFT bin weighs nothing."""

    def mel(hz: Tensor) -> Tensor:
        return 1127.0 * torch.log1p(hz / 700.0)

    low, high = mel(torch.tensor([_LOW_HZ, _HIGH_HZ]))
    step = (high - low) / (MEL_BINS + 1)
    left = low + torch.arange(MEL_BINS).unsqueeze(1) * step
    bins = mel(torch.arange(_FFT_SIZE // 2) * (SAMPLE_RATE_HZ / _FFT_SIZE)).unsqueeze(0)
    weights = torch.minimum((bins - left) / step, (left + 2 * step - bins) / step).clamp_min(0.0)
    return F.pad(weights, (0, 1))


class _ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions; ``stride`` is on the frequency axis only."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut.append(nn.Conv2d(channels, channels, 1, (stride, 1), bias=False))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, maps: Tensor) -> Tensor:
        hidden = F.relu(self.bn1(self.conv1(maps)))
        return F.relu(self.bn2(self.conv2(hidden)) + self.shortcut(maps))


class _FrontEnd(nn.Module):
    """Front-end convolution module (section 2.2 of the paper): 80 mel bins to 320 channels."""

    def __init__(self) -> None:
        super().__init__()
        channels = _FRONT_CHANNELS
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(_ResidualBlock(channels, 2), _ResidualBlock(channels, 1))
        self.layer2 = nn.Sequential(_ResidualBlock(channels, 2), _ResidualBlock(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        maps = F.relu(self.bn1(self.conv1(features.unsqueeze(1))))
        maps = F.relu(self.bn2(self.conv2(self.layer2(self.layer1(maps)))))
        return maps.flatten(1, 2)


def _normalization(channels: int, *, affine: bool = True, relu: bool = True) -> nn.Sequential:
    block = nn.Sequential()
    block.add_module("batchnorm", nn.BatchNorm1d(channels, affine=affine))
    if relu:
        block.add_module("relu", nn.ReLU())
    return block


class _InputTdnn(nn.Module):
    """Time-delay layer that halves the frame rate."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, _TDNN_CHANNELS, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _normalization(_TDNN_CHANNELS)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.nonlinear(self.linear(hidden))  # type: ignore[no-any-return]


class _MaskedLayer(nn.Module):
    """Context-aware masking (section 2.3): a local convolution scaled by a mask from its context."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            _BOTTLENECK, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(_BOTTLENECK, _BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(_BOTTLENECK // 2, _GROWTH, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        context = hidden.mean(dim=-1, keepdim=True) + self._segment_means(hidden)
        mask = torch.sigmoid(self.linear2(F.relu(self.linear1(context))))
        return self.linear_local(hidden) * mask  # type: ignore[no-any-return]

    @staticmethod
    def _segment_means(hidden: Tensor) -> Tensor:
        means = F.avg_pool1d(hidden, _SEGMENT_FRAMES, _SEGMENT_FRAMES, ceil_mode=True)
        return means.repeat_interleave(_SEGMENT_FRAMES, dim=-1)[..., : hidden.shape[-1]]


class _DenseLayer(nn.Module):
    """One layer of a densely connected block: bottleneck, then the masked convolution."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _normalization(channels)
        self.linear1 = nn.Conv1d(channels, _BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _normalization(_BOTTLENECK)
        self.cam_layer = _MaskedLayer(dilation)

    def forward(self, hidden: Tensor) -> Tensor:
        grown = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(hidden))))
        return torch.cat([hidden, grown], dim=1)


class _Transition(nn.Module):
    """Halves the channels after a dense block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _normalization(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.linear(self.nonlinear(hidden))  # type: ignore[no-any-return]


class _Embedding(nn.Module):
    """The last layer: mean and deviation over time to the embedding."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(2 * channels, EMBEDDING_SIZE, 1, bias=False)
        self.nonlinear = _normalization(EMBEDDING_SIZE, affine=False, relu=False)

    def forward(self, hidden: Tensor) -> Tensor:
        statistics = torch.cat([hidden.mean(dim=-1), hidden.std(dim=-1, unbiased=True)], dim=1)
        return self.nonlinear(self.linear(statistics.unsqueeze(-1)).squeeze(-1))  # type: ignore[no-any-return]


def _backbone(channels: int) -> nn.Sequential:
    layers = nn.Sequential()
    layers.add_module("tdnn", _InputTdnn(channels))
    width = _TDNN_CHANNELS
    for number, (depth, dilation) in enumerate(_BLOCKS, 1):
        block = nn.Sequential()
        for layer in range(depth):
            block.add_module(f"tdnnd{layer + 1}", _DenseLayer(width + layer * _GROWTH, dilation))
        layers.add_module(f"block{number}", block)
        width += depth * _GROWTH
        layers.add_module(f"transit{number}", _Transition(width))
        width //= 2
    layers.add_module("out_nonlinear", _normalization(width))
    layers.add_module("dense", _Embedding(width))
    return layers


class CamPlusPlus(nn.Module):
    """Filterbank features, shape ``(batch, frames, 80)``, to embeddings ``(batch, 192)``.

    Features are to have their mean over time taken off; at least 3 frames.
    """

    def __init__(self) -> None:
        super().__init__()
        self.head = _FrontEnd()
        self.xvector = _backbone(_FRONT_CHANNELS * math.ceil(MEL_BINS / 8))

    def forward(self, features: Tensor) -> Tensor:
        return self.xvector(self.head(features.transpose(1, 2)))  # type: ignore[no-any-return]


def load_campplus(path: Path) -> CamPlusPlus:
    """The network with the weights of ``path``, ready for inference.

    Raises ``ModelError`` when the file is not a state dictionary of this network. Nothing is
    unpickled but tensors.
    """
    network = CamPlusPlus()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state, strict=True)
    except Exception as error:
        raise ModelError(
            f"{path.name}: not the weights of CAM++ ({type(error).__name__}); "
            "run `tasleek models verify`, then `tasleek models fetch campplus`"
        ) from error
    return network.eval()
