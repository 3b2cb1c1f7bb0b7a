# shellcheck shell=bash
# What the scripts install, pinned here and nowhere else. Sourced by scripts/lib.sh.

# LibTorch is the PyPI wheel: headers, libraries and nothing that needs Python at run time.
libtorch_version=2.11.0
libtorch_wheels=(
  torch==2.11.0
  nvidia-cuda-runtime==13.0.96 # libtorch_cpu.so names libcudart and libcupti, so they are needed without a GPU too
  nvidia-cuda-cupti==13.0.85
)
# What libtorch_cuda.so needs besides. The versions are the ones that torch's own metadata asks for.
libtorch_cuda_wheels=(
  nvidia-cublas==13.1.0.3
  nvidia-cuda-nvrtc==13.0.88
  nvidia-cudnn-cu13==9.19.0.56
  nvidia-cufft==12.0.0.61
  nvidia-cufile==1.15.1.6
  nvidia-curand==10.4.0.35
  nvidia-cusolver==12.0.4.66
  nvidia-cusparse==12.6.3.3
  nvidia-cusparselt-cu13==0.8.0
  nvidia-nccl-cu13==2.28.9
  nvidia-nvjitlink==13.0.88
  nvidia-nvshmem-cu13==3.4.5
  nvidia-nvtx==13.0.85
)

# Debian packages, by name. The distribution fixes their versions.
build_packages=(g++ cmake ninja-build ccache pkg-config)
library_packages=(
  catch2 libboost-dev libcxxopts-dev libfmt-dev librange-v3-dev libtomlplusplus-dev nlohmann-json3-dev
  libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libpng-dev zlib1g-dev libsentencepiece-dev
  libutf8proc-dev libgloo-dev libopencv-core-dev libopencv-imgproc-dev libopencv-video-dev
)
# Only where LibTorch comes from PyPI.
download_packages=(python3-pip ca-certificates)

# Only for tests, which are skipped where these are missing: a browser that opens the report, and TensorBoard, in a
# Python environment of its own, that reads the event files.
test_packages=(chromium)
tensorboard_wheels=(
  tensorboard==2.20.0
  absl-py==2.5.1 grpcio==1.85.3 Markdown==3.11.3 MarkupSafe==3.0.4 numpy==2.4.6 packaging==26.4 pillow==13.0.0
  protobuf==7.36.2 tensorboard-data-server==0.7.2 typing_extensions==4.16.0 Werkzeug==3.1.9
)
