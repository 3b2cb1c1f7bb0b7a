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
  libutf8proc-dev
)
# Only where LibTorch comes from PyPI.
download_packages=(python3-pip ca-certificates)
