"""The Python side of scripts/gpu_report: one pass of the transformer and one decoded clip in Diffusers, at full size.

    python_gpu_side.py forward|decode ROWS COLUMNS FRAMES RUNS [LAYERS]

Random bfloat16 weights; attention is PyTorch's scaled dot product; nothing is compiled. Prints one line of JSON.
"""

import json
import statistics
import sys
import time

import torch

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from python_side import DIT, VAE, as_released  # noqa: E402


def forward(rows, columns, frames, layers):
    from diffusers import WanTransformer3DModel

    with torch.device("cuda"):
        model = as_released(WanTransformer3DModel(**{**DIT, "num_layers": layers}), torch.bfloat16)
    t = 1 + (frames - 1) // 4
    latent = torch.randn(1, 48, t, rows // 16, columns // 16, device="cuda", dtype=torch.bfloat16)
    text = torch.randn(1, 512, 4096, device="cuda", dtype=torch.bfloat16)
    # As the pipeline does for a clip whose first frame is given: one timestep for each token.
    tokens = (rows // 32) * (columns // 32)
    steps = torch.full((1, t * tokens), 700.0, device="cuda")
    steps[:, :tokens] = 0.0
    return lambda: model(hidden_states=latent, timestep=steps, encoder_hidden_states=text, return_dict=False)


def decode(rows, columns, frames, _layers):
    from diffusers import AutoencoderKLWan

    with torch.device("cuda"):
        model = as_released(AutoencoderKLWan(**VAE), torch.bfloat16)
    latent = torch.randn(1, 48, 1 + (frames - 1) // 4, rows // 16, columns // 16, device="cuda", dtype=torch.bfloat16)
    return lambda: model.decode(latent, return_dict=False)


def main():
    part, rows, columns, frames, runs = sys.argv[1], *map(int, sys.argv[2:6])
    layers = int(sys.argv[6]) if len(sys.argv) > 6 else 30
    with torch.inference_mode():
        work = {"forward": forward, "decode": decode}[part](rows, columns, frames, layers)
        work()
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        seconds = []
        for _ in range(runs):
            began = time.perf_counter()
            work()
            torch.cuda.synchronize()
            seconds.append(time.perf_counter() - began)
    print(json.dumps({"part": part, "seconds": statistics.median(seconds), "runs": seconds,
                      "peak_memory": torch.cuda.max_memory_allocated()}))


if __name__ == "__main__":
    main()
