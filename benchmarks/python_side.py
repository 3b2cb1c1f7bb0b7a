"""The Python side of scripts/bench_vs_python: makes what a row computes with, and serves the row as flashmotion_bench does.

    python_side.py make ROW FOLDER [GIB]
    python_side.py serve ROW FOLDER DTYPE THREADS
"""

import ctypes
import gc
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

# TI2V-5B's width with two blocks; 4 x 16 x 16 tokens.
DIT = dict(patch_size=(1, 2, 2), num_attention_heads=24, attention_head_dim=128, in_channels=48, out_channels=48,
           text_dim=4096, freq_dim=256, ffn_dim=14336, num_layers=2, cross_attn_norm=True,
           qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=1024)
LATENT = (1, 48, 4, 32, 32)
TEXT = (1, 512, 4096)

# The released autoencoder of Wan 2.2; 9 frames of 128 x 128.
VAE = dict(base_dim=160, decoder_base_dim=256, z_dim=48, dim_mult=[1, 2, 4, 4], num_res_blocks=2, attn_scales=[],
           temperal_downsample=[False, True, True], is_residual=True, in_channels=12, out_channels=12, patch_size=2,
           scale_factor_temporal=4, scale_factor_spatial=16, latents_mean=[0.0] * 48, latents_std=[1.0] * 48)
VAE_LATENT = (1, 48, 3, 8, 8)

# UMT5-XXL's width with two blocks and a small vocabulary.
UMT5 = dict(vocab_size=1024, d_model=4096, d_kv=64, d_ff=10240, num_layers=2, num_heads=64, dropout_rate=0.0,
            feed_forward_proj="gated-gelu", relative_attention_num_buckets=32, relative_attention_max_distance=128,
            layer_norm_epsilon=1e-6, is_encoder_decoder=False)

# Control maps of a clip with some objects, a quarter to a half of the frame wide and high each.
CONTROL_MAPS = dict(objects=4, frames=49, size=(704, 1280))

# Features of frames and of clips, so many and so wide as FID and FVD have them.
STATISTICS = ("statistics", "frechet", "features")
FEATURES = {"": (3000, 2048, 1), "_fvd": (500, 400, 20)}  # number, width, and how often a run: one takes milliseconds

# The light adapter of plugins/injection_adapter, and how it is trained.
ADAPTER = dict(width=96, blocks=3)
LEARNING_RATE, BETAS, CLIP = 1e-3, (0.9, 0.98), 1.0


class Injection(torch.nn.Module):
    """plugins/injection_adapter in plain PyTorch: residual blocks on the control latent, a projection for each block."""

    def __init__(self, channels, width, blocks, outputs, model_width):
        super().__init__()
        self.embedding = torch.nn.Conv3d(channels, width, (1, 2, 2), (1, 2, 2))
        self.blocks = torch.nn.ModuleList()
        for _ in range(blocks):
            block = torch.nn.Module()
            block.first = torch.nn.Conv2d(width, width, 3, padding=1)
            block.second = torch.nn.Conv2d(width, width, 3, padding=1)
            self.blocks.append(block)
        self.outputs = torch.nn.ModuleList(torch.nn.Linear(width, model_width) for _ in range(outputs))

    def forward(self, control):
        x = self.embedding(control)
        b, c, t, h, w = x.shape
        x = x.transpose(1, 2).reshape(b * t, c, h, w)
        for block in self.blocks:
            x = x + block.second(torch.nn.functional.silu(block.first(torch.nn.functional.silu(x))))
        tokens = torch.nn.functional.silu(x).view(b, t, c, h, w).permute(0, 1, 3, 4, 2).reshape(b, t * h * w, c)
        return [output(tokens) for output in self.outputs]


def as_released(model, dtype):
    """The types that Diffusers gives a model that it loads as `dtype`: some modules of the transformer stay float32."""
    kept = {"rope", "time_embedder", "scale_shift_table", "norm1", "norm2", "norm3"} if hasattr(model, "rope") else set()
    for tensors in (model.named_parameters(), model.named_buffers()):
        for name, tensor in tensors:
            if tensor.is_floating_point() and not kept & set(name.split(".")):
                tensor.data = tensor.data.to(dtype)
    return model.eval().requires_grad_(False)


# The scheduler of the released pipeline of TI2V-5B.
SCHEDULER = dict(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0)
CLIP_STEPS = 4


def new_model(row):
    if row in ("dit", "dit_image", "train"):
        from diffusers import WanTransformer3DModel

        return WanTransformer3DModel(**DIT)
    if row == "vae":
        from diffusers import AutoencoderKLWan

        return AutoencoderKLWan(**VAE)
    if row == "text":
        from transformers import UMT5Config, UMT5EncoderModel

        return UMT5EncoderModel(UMT5Config(**UMT5))
    raise SystemExit(f"no row is named '{row}'")


def make(row, folder, gib):
    torch.manual_seed(11)
    folder.mkdir(parents=True, exist_ok=True)
    if row == "load":
        rows = int(gib * 2**30 / (64 * 4096 * 4096 * 2))
        sizes = {f"blocks.{i}.weight": (4096, 4096) for i in range(max(1, rows) * 64)}
        one = torch.randn(4096, 4096).to(torch.bfloat16)
        save_file({name: one.roll(i, 0).contiguous() for i, name in enumerate(sizes)}, folder / "model.safetensors")
        return
    if row.startswith(STATISTICS):
        count, width, often = FEATURES["_fvd" if row.endswith("_fvd") else ""]
        mixing = torch.randn(width, width) / width ** 0.5
        real, made = (torch.randn(count, width) @ mixing * scale + shift for scale, shift in ((1.0, 0.5), (1.1, 0.6)))
        save_file({"real": real, "made": made, "often": torch.tensor([often])}, folder / "features.safetensors")
        return
    if row == "clip":
        for part in ("text", "dit", "vae"):
            make(part, folder / part, gib)
        inputs = load_file(folder / "text" / "inputs.safetensors")
        save_file(inputs | {"noise": torch.randn(VAE_LATENT)}, folder / "inputs.safetensors")
        return
    if row.startswith("control"):
        k, frames = CONTROL_MAPS["objects"], CONTROL_MAPS["frames"]
        low = torch.rand(1, k, 1, 2) * 0.5 + torch.linspace(0, 0.2, frames).view(1, 1, -1, 1)
        boxes = torch.cat([low, low + 0.25 + 0.25 * torch.rand(1, k, 1, 2)], -1)
        save_file({"boxes": boxes.contiguous(), "colours": torch.rand(1, k, 3), "size": torch.tensor(CONTROL_MAPS["size"])},
                  folder / "inputs.safetensors")
        return
    model = new_model(row).float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("bias", "gamma")) or "norm" in name:
                parameter.add_(0.02 * torch.randn_like(parameter))
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    state.pop("encoder.embed_tokens.weight", None)  # the same tensor as `shared.weight`
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(dict(model.config if row != "text" else model.config.to_dict()), default=str))
    inputs = {}
    if row in ("dit", "dit_image", "train"):
        inputs = {"latent": torch.randn(LATENT), "text": torch.randn(TEXT), "sigma": torch.tensor([0.9375])}
        if row == "train":
            inputs |= {"noise": torch.randn(LATENT), "control": torch.randn(LATENT)}
            adapter = Injection(48, **ADAPTER, outputs=DIT["num_layers"], model_width=3072)
            with torch.no_grad():
                for output in adapter.outputs:
                    output.weight.mul_(0.1)
                    output.bias.zero_()
            save_file(adapter.state_dict(), folder / "adapter.safetensors")
    elif row == "vae":
        inputs = {"latent": torch.randn(VAE_LATENT)}
    elif row == "text":
        mask = torch.ones(1, 512, dtype=torch.int64)
        inputs = {"ids": torch.randint(2, UMT5["vocab_size"], (1, 512)), "mask": mask}
    save_file(inputs, folder / "inputs.safetensors")


class LoadRow:
    def __init__(self, folder, dtype):
        self.file = folder / "model.safetensors"

    def run(self):
        self.held = load_file(self.file)
        self.sums = {name: tensor.sum().view(1) for name, tensor in self.held.items()}

    def outputs(self):
        return self.sums


def gaussian(features):
    """Mean and covariance with NumPy, in float64."""
    wide = features.astype(np.float64)
    return np.mean(wide, axis=0), np.cov(wide, rowvar=False)


class StatisticsRow:
    """Mean and covariance of features."""

    def __init__(self, folder):
        features = load_file(folder / "features.safetensors")
        self.features, self.often = features["real"].numpy(), int(features["often"])

    def run(self):
        for _ in range(self.often):
            self.mean, self.covariance = gaussian(self.features)

    def outputs(self):
        return {"mean": torch.from_numpy(self.mean), "covariance": torch.from_numpy(self.covariance).contiguous()}


class FrechetRow:
    """The distance of two Gaussians by SciPy's matrix square root, as the usual code for FID has it; when `whole`, mean
    and covariance of the features are a part of it."""

    def __init__(self, folder, whole):
        features = load_file(folder / "features.safetensors")
        self.features, self.whole = [features[name].numpy() for name in ("real", "made")], whole
        self.often = int(features["often"])
        self.fit()

    def fit(self):
        self.gaussians = [gaussian(features) for features in self.features]

    def run(self):
        for _ in range(self.often):
            self.measure()

    def measure(self):
        from scipy import linalg

        if self.whole:
            self.fit()
        (m1, c1), (m2, c2) = self.gaussians
        root = linalg.sqrtm(c1.dot(c2))
        self.distance = float(np.sum((m1 - m2) ** 2) + np.trace(c1) + np.trace(c2) - 2 * np.trace(root.real))

    def outputs(self):
        return {"distance": torch.tensor([self.distance], dtype=torch.float64)}


class ControlMapsRow:
    """Control maps with PyTorch: where each object is, then one pass over all maps for each of them."""

    def __init__(self, row, folder, dtype):
        inputs = load_file(folder / "inputs.safetensors")
        self.boxes, self.colours, self.size = inputs["boxes"], inputs["colours"], inputs["size"].tolist()
        self.masks = self.cover() if row == "control_masks" else None

    def cover(self):
        height, width = self.size
        x, y = ((torch.arange(n, dtype=torch.float32) + 0.5) / n for n in (width, height))
        x0, y0, x1, y1 = self.boxes.unsqueeze(-1).unbind(-2)
        return ((y >= y0) & (y < y1)).unsqueeze(-1) & ((x >= x0) & (x < x1)).unsqueeze(-2)

    @torch.no_grad()
    def run(self):
        masks = self.masks if self.masks is not None else self.cover()
        paints = self.colours * 2 - 1
        maps = torch.full((masks.shape[0], 3, *masks.shape[2:]), -1.0)
        for k in range(masks.shape[1]):
            maps = torch.where(masks[:, k].unsqueeze(1), paints[:, k].view(-1, 3, 1, 1, 1), maps)
        self.maps = maps

    def outputs(self):
        return {"maps": self.maps}


class ModelRow:
    """A forward pass of one network."""

    def __init__(self, row, folder, dtype):
        self.row, self.dtype = row, dtype
        model = new_model(row)
        state = load_file(folder / "model.safetensors")
        if row == "text":
            state["encoder.embed_tokens.weight"] = state["shared.weight"]
        model.load_state_dict(state)
        self.model = as_released(model, dtype)
        self.given = load_file(folder / "inputs.safetensors")

    @torch.no_grad()
    def run(self):
        x = self.given
        if self.row == "vae":
            self.result = self.model.decode(x["latent"].to(self.dtype)).sample
        elif self.row == "text":
            self.result = self.model(x["ids"], attention_mask=x["mask"]).last_hidden_state
        else:
            timestep = x["sigma"] * 1000
            if self.row == "dit_image":  # one for each token, 0 on the tokens of frame 0
                frames = timestep.view(-1, 1, 1).repeat(1, LATENT[2], LATENT[3] * LATENT[4] // 4)
                frames[:, 0] = 0
                timestep = frames.flatten(1)
            self.result = self.model(x["latent"].to(self.dtype), timestep, x["text"].to(self.dtype)).sample

    def outputs(self):
        return {"result": self.result.float().contiguous()}


class ClipRow:
    """A whole clip, as the pipeline makes it: text, denoising, pixels."""

    def __init__(self, folder, dtype):
        self.dtype = dtype
        self.text, self.transformer, self.vae = (ModelRow(row, folder / row, dtype).model for row in ("text", "dit", "vae"))
        self.given = load_file(folder / "inputs.safetensors")

    @torch.no_grad()
    def run(self):
        from diffusers import UniPCMultistepScheduler

        x, scheduler = self.given, UniPCMultistepScheduler(**SCHEDULER)
        text = self.text(x["ids"], attention_mask=x["mask"]).last_hidden_state
        scheduler.set_timesteps(CLIP_STEPS)
        latent = x["noise"]
        for timestep in scheduler.timesteps:
            velocity = self.transformer(latent.to(self.dtype), timestep.expand(1), text).sample
            latent = scheduler.step(velocity, timestep, latent).prev_sample
        self.result = self.vae.decode(latent.to(self.dtype)).sample

    def outputs(self):
        return {"result": self.result.float().contiguous()}


class TrainRow:
    """Steps of an adapter on a frozen transformer."""

    def __init__(self, folder, dtype):
        self.transformer = ModelRow("train", folder, dtype)
        self.dtype, self.losses, self.edits = dtype, [], []
        self.adapter = Injection(48, **ADAPTER, outputs=DIT["num_layers"], model_width=3072)
        self.adapter.load_state_dict(load_file(folder / "adapter.safetensors"))
        self.optimiser = torch.optim.AdamW(self.adapter.parameters(), LEARNING_RATE, BETAS, weight_decay=0.0, fused=True)
        for i, block in enumerate(self.transformer.model.blocks):
            block.register_forward_hook(lambda _m, _a, out, i=i: out + self.edits[i].to(out.dtype))

    def run(self):
        x = self.transformer.given
        sigma = x["sigma"].view(-1, 1, 1, 1, 1)
        noisy = x["latent"] + sigma * (x["noise"] - x["latent"])
        self.optimiser.zero_grad(set_to_none=True)
        self.edits = self.adapter(x["control"])
        velocity = self.transformer.model(noisy.to(self.dtype), x["sigma"] * 1000, x["text"].to(self.dtype)).sample
        loss = (velocity.float() - (x["noise"] - x["latent"]))[:, :, 1:].square().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.adapter.parameters(), CLIP)
        self.optimiser.step()
        self.losses.append(loss.detach().view(1))

    def outputs(self):
        return {"result": torch.cat(self.losses)}


def memory(key):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise SystemExit("/proc/self/status cannot be read")


def serve(row, folder, dtype, threads):
    torch.set_num_threads(threads)
    if row == "load":
        served = LoadRow(folder, dtype)
    elif row.startswith(STATISTICS):
        served = StatisticsRow(folder) if row.startswith("statistics") else FrechetRow(folder, row.startswith("features"))
    elif row.startswith("control"):
        served = ControlMapsRow(row, folder, dtype)
    elif row in ("clip", "train"):
        served = (ClipRow if row == "clip" else TrainRow)(folder, dtype)
    else:
        served = ModelRow(row, folder, dtype)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what reading the weights left behind is no part of them
    Path("/proc/self/clear_refs").write_text("5")
    print("ready", memory("VmRSS"), flush=True)
    for line in sys.stdin:
        words = line.split(None, 1)
        if words[0] == "run":
            began = time.perf_counter()
            served.run()
            print("seconds", time.perf_counter() - began, flush=True)
        elif words[0] == "peak":
            print("peak", memory("VmHWM"), flush=True)
        elif words[0] == "output":
            save_file(served.outputs(), words[1].strip())
            print("written", flush=True)


def main():
    verb, row, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if verb == "make":
        make(row, folder, float(sys.argv[4]) if len(sys.argv) > 4 else 4.0)
    else:
        serve(row, folder, getattr(torch, sys.argv[4]), int(sys.argv[5]))


if __name__ == "__main__":
    main()
