# shellcheck shell=bash
# Shared by scripts/bootstrap, scripts/demo and scripts/test; sourced, never run.
# Sets: repository (root of the clone), libtorch_root once `bootstrap` has run.

repository="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
# shellcheck source=scripts/versions.sh
source "$repository/scripts/versions.sh"

# What is built is written by its owner alone: the program refuses plugins that everyone can write to.
umask 022

program_name="scripts/$(basename -- "$0")"
minimum_gcc=12
cache_need_mib=4096      # wheels while they are unpacked, and LibTorch itself
cache_cuda_need_mib=9216 # companions of libtorch_cuda.so, while they are unpacked
tensorboard_need_mib=512
build_need_mib=3072
job_memory_mib=2560 # one compiler at its worst

say() { printf '%s\n' "$*"; }

# die MESSAGE [WHAT TO DO]: one message, exit code 1.
die() {
  printf '%s: error: %s\n' "$program_name" "$1" >&2
  if [[ $# -gt 1 ]]; then printf '  %s\n' "$2" >&2; fi
  exit 1
}

# usage_error MESSAGE: exit code 2, as the program itself does for bad input.
usage_error() {
  printf '%s: error: %s\n  See %s --help.\n' "$program_name" "$1" "$program_name" >&2
  exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

cache_folder() { printf '%s/flashmotion' "${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}"; }

# need_space FOLDER MIB WHAT: the folder or its nearest existing parent has room for that much.
need_space() {
  local folder="$1" free
  while [[ ! -d $folder ]]; do folder="$(dirname -- "$folder")"; done
  free="$(df --output=avail --block-size=1M -- "$folder" | tail -n 1 | tr -d ' ')"
  if ((free < $2)); then
    die "not enough disk space for $3: $2 MiB are needed in $1, $free MiB are free." \
      "Free some space, or point ${4:-the folder} elsewhere."
  fi
}

check_machine() {
  local system machine
  system="$(uname -s)"
  machine="$(uname -m)"
  if [[ $system != Linux || $machine != x86_64 ]]; then
    die "this is $system on $machine; LibTorch $libtorch_version is fetched for Linux on x86_64 only." \
      "Use such a machine, or build by hand with a LibTorch of your own (docs/install.md)."
  fi
}

check_compiler() {
  local compiler="${CXX:-c++}" version
  have "$compiler" || die "no C++ compiler: '$compiler' was not found." "Install g++ $minimum_gcc or newer, or set CXX."
  if "$compiler" --version | grep -qi clang; then
    version="$("$compiler" -dumpversion | cut -d. -f1)"
    ((version >= 14)) || die "'$compiler' is Clang $version; version 14 or newer is needed." "Set CXX to a newer one."
  else
    version="$("$compiler" -dumpversion | cut -d. -f1)"
    ((version >= minimum_gcc)) ||
      die "'$compiler' is GCC $version; version $minimum_gcc or newer is needed." "Set CXX to a newer one."
  fi
}

# How to become root: empty when we are, `sudo` when it is there.
as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

# install_packages NAME...: the Debian packages of these names that are not installed yet.
install_packages() {
  local missing=() name command
  if [[ -n ${FLASHMOTION_SKIP_PACKAGES:-} ]]; then return; fi
  if ! have dpkg-query || ! have apt-get; then
    say "No apt-get here: packages are not installed for you. Debian's names of what is needed: $*"
    return
  fi
  for name in "$@"; do
    # shellcheck disable=SC2016
    if [[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" != installed ]]; then
      missing+=("$name")
    fi
  done
  if ((${#missing[@]} == 0)); then return; fi
  command="apt-get install --no-install-recommends ${missing[*]}"
  if ((EUID != 0)) && ! have sudo; then
    die "packages are missing: ${missing[*]}." "You are not root and there is no sudo. Have root run: $command
  Or set FLASHMOTION_SKIP_PACKAGES=1 if you have all of it from elsewhere."
  fi
  say "Installing packages: ${missing[*]}"
  if ! as_root apt-get update -qq; then
    die "the package lists could not be fetched (apt-get update failed; its message is above)." \
      "Check the network and /etc/apt, then run this again."
  fi
  if ! as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >"$(log_file apt)" 2>&1; then
    tail -n 15 "$(log_file apt)" >&2
    die "packages could not be installed: ${missing[*]}." \
      "apt's message is above. After mending it, run this again; by hand: $command"
  fi
}

log_file() {
  mkdir -p -- "$(cache_folder)/log"
  printf '%s/log/%s.log' "$(cache_folder)" "$1"
}

# pip_install TARGET REQUIREMENT...: wheels unpacked into a folder, whatever Python runs pip.
pip_install() {
  local target="$1" platforms=() tag
  shift
  for tag in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_24 manylinux_2_18 manylinux2014 manylinux1; do
    platforms+=(--platform "${tag}_x86_64")
  done
  TMPDIR="$target" python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile --no-deps \
    --root-user-action ignore --only-binary=:all: --python-version 3.11 --implementation cp "${platforms[@]}" \
    --target "$target/root" "$@" ||
    die "could not fetch from the Python package index: $*." \
      "pip's message is above. Check the network (pip config, HTTPS_PROXY), then run this again; nothing half-done is kept."
}

# A LibTorch of the scripts' own, whole.
is_fetched() { is_libtorch "$1/torch" && [[ -e $1/nvidia/cu13/lib/libcudart.so.13 && -e $1/nvidia/cu13/lib/libcupti.so.13 ]]; }

# A LibTorch that can be built against.
is_libtorch() { [[ -e $1/lib/libtorch_cpu.so && -e $1/lib/libc10.so && -e $1/include/ATen/core/TensorBody.h ]]; }

scratch=
remove_scratch() { if [[ -n $scratch ]]; then rm -rf -- "$scratch"; fi; }

# Fetches LibTorch into the cache. It appears there under its name only when it is whole.
fetch_libtorch() {
  local home="$1"
  need_space "$(cache_folder)" "$cache_need_mib" "LibTorch" XDG_CACHE_HOME
  say "Fetching LibTorch $libtorch_version into $home"
  scratch="$(mktemp -d -- "$(cache_folder)/unfinished.XXXXXX")"
  pip_install "$scratch" "${libtorch_wheels[@]}"
  # What only Python uses.
  rm -rf -- "$scratch/root/"{bin,functorch,torchgen} "$scratch/root/torch/test"
  is_libtorch "$scratch/root/torch" || die "the wheel of torch $libtorch_version lacks its headers or libraries."
  if [[ -e $home ]]; then mv -- "$home" "$scratch/replaced"; fi
  mv -- "$scratch/root" "$home"
  remove_scratch
  scratch=
}

# Whether all of the CUDA libraries are there: the mark is written last.
has_cuda_companions() {
  [[ -e $1/.cuda-companions && "$(cat -- "$1/.cuda-companions")" == "${libtorch_cuda_wheels[*]}" ]]
}

# Adds what libtorch_cuda.so needs.
fetch_cuda_companions() {
  local home="$1"
  need_space "$(cache_folder)" "$cache_cuda_need_mib" "the CUDA libraries" XDG_CACHE_HOME
  say "Fetching the CUDA libraries into $home"
  scratch="$(mktemp -d -- "$(cache_folder)/unfinished.XXXXXX")"
  pip_install "$scratch" "${libtorch_cuda_wheels[@]}"
  cp -al -f -- "$scratch/root/." "$home/"
  printf '%s' "${libtorch_cuda_wheels[*]}" >"$home/.cuda-companions"
  remove_scratch
  scratch=
}

# fetch_all HOME WHAT: one run at a time; what an interrupted one left is removed.
fetch_all() {
  local home="$1"
  have python3 || die "python3 was not found; its pip fetches LibTorch." "Install python3 and pip, or set FLASHMOTION_LIBTORCH."
  python3 -m pip --version >/dev/null 2>&1 ||
    die "python3 has no pip, which fetches LibTorch." "Install pip, or set FLASHMOTION_LIBTORCH."
  mkdir -p -- "$(cache_folder)" || die "the cache folder $(cache_folder) cannot be made." "Set XDG_CACHE_HOME."
  exec {lock}>"$(cache_folder)/lock"
  flock "$lock"
  rm -rf -- "$(cache_folder)"/unfinished.*
  trap remove_scratch EXIT
  # Another run may have done it while this one waited.
  if ! is_fetched "$home"; then fetch_libtorch "$home"; fi
  if [[ $2 == *cuda* ]] && ! has_cuda_companions "$home"; then fetch_cuda_companions "$home"; fi
  exec {lock}>&-
}

# bootstrap [--cuda]: everything that a build needs. Sets libtorch_root.
bootstrap() {
  local cuda="${1:-}" home packages=("${build_packages[@]}" "${library_packages[@]}") fetch=
  home="$(cache_folder)/libtorch-$libtorch_version"
  if [[ -z ${FLASHMOTION_LIBTORCH:-}${Torch_DIR:-} ]]; then
    if ! is_fetched "$home"; then fetch=cpu; fi
    if [[ $cuda == --cuda ]] && ! has_cuda_companions "$home"; then fetch="$fetch cuda"; fi
  fi
  check_machine
  if [[ -n $fetch ]]; then packages+=("${download_packages[@]}"); fi
  install_packages "${packages[@]}"
  check_compiler
  if [[ -n ${FLASHMOTION_LIBTORCH:-} ]]; then
    is_libtorch "$FLASHMOTION_LIBTORCH" ||
      die "FLASHMOTION_LIBTORCH is '$FLASHMOTION_LIBTORCH', which holds no LibTorch." \
        "Name the folder that holds include/ and lib/, or unset it to have $libtorch_version fetched."
    libtorch_root="$(cd -- "$FLASHMOTION_LIBTORCH" && pwd -P)"
  elif [[ -n ${Torch_DIR:-} ]]; then
    is_libtorch "$Torch_DIR/../../.." ||
      die "Torch_DIR is '$Torch_DIR', and there is no LibTorch around it." \
        "Name the folder of TorchConfig.cmake (…/share/cmake/Torch), or unset it to have $libtorch_version fetched."
    libtorch_root="$(cd -- "$Torch_DIR/../../.." && pwd -P)"
  else
    if [[ -n $fetch ]]; then fetch_all "$home" "$fetch"; fi
    libtorch_root="$home/torch"
  fi
}

# Whether all of TensorBoard is there: the mark is written last.
has_tensorboard() { [[ -e $1/.wheels && "$(cat -- "$1/.wheels")" == "${tensorboard_wheels[*]}" ]]; }

# fetch_tensorboard HOME: an environment of Python with TensorBoard in it.
fetch_tensorboard() {
  local home="$1" log
  need_space "$(cache_folder)" "$tensorboard_need_mib" "TensorBoard" XDG_CACHE_HOME
  log="$(log_file tensorboard)"
  exec {lock}>"$(cache_folder)/lock"
  flock "$lock"
  if ! has_tensorboard "$home"; then
    say "Fetching TensorBoard into $home"
    rm -rf -- "$home"
    if ! python3 -m venv --without-pip "$home" >"$log" 2>&1 ||
      ! python3 -m pip --python "$home/bin/python" install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
        --root-user-action ignore --only-binary=:all: "${tensorboard_wheels[@]}" >>"$log" 2>&1; then
      tail -n 5 "$log" >&2
      die "TensorBoard could not be fetched; the message is above."
    fi
    printf '%s' "${tensorboard_wheels[*]}" >"$home/.wheels"
  fi
  exec {lock}>&-
}

# What only tests use. They are skipped where it is missing, so a failure here is none of theirs.
bootstrap_tests() {
  local home packages=("${test_packages[@]}")
  home="$(cache_folder)/tensorboard"
  if [[ -z ${FLASHMOTION_TENSORBOARD_VENV:-} ]] && ! has_tensorboard "$home"; then packages+=("${download_packages[@]}"); fi
  (install_packages "${packages[@]}") || say "Going on without: tests that need these packages are skipped."
  if [[ -z ${FLASHMOTION_TENSORBOARD_VENV:-} ]] && ! has_tensorboard "$home"; then
    (fetch_tensorboard "$home") || say "Going on without: the test that needs TensorBoard is skipped."
  fi
}

# Compilers that run at once: as many as there are cores and memory for.
build_jobs() {
  local cores memory
  if [[ -n ${FLASHMOTION_JOBS:-} ]]; then
    printf '%s' "$FLASHMOTION_JOBS"
    return
  fi
  cores="$(nproc)"
  memory="$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null || true)"
  memory=$((${memory:-$job_memory_mib} / job_memory_mib))
  ((memory > 0)) || memory=1
  printf '%s' "$((cores < memory ? cores : memory))"
}

# configure: the preset that the scripts and CI share, into build/.
configure() {
  local log
  [[ -d $repository/build ]] || need_space "$repository/build" "$build_need_mib" "the build"
  log="$(log_file configure)"
  if ! (cd -- "$repository" && cmake --preset ci -DFLASHMOTION_LIBTORCH="$libtorch_root") >"$log" 2>&1; then
    cat -- "$log" >&2
    die "configuring failed; CMake's message is above." "If build/ was made by other means, remove it and run this again."
  fi
}

# build [TARGET...]
build() {
  local arguments=() target
  for target in "$@"; do arguments+=(--target "$target"); done
  say "Building into $repository/build ($(build_jobs) at once)"
  (cd -- "$repository" && cmake --build build --parallel "$(build_jobs)" "${arguments[@]}") ||
    die "the build failed; the compiler's message is above." \
      "If a compiler was killed, memory was short: run again with FLASHMOTION_JOBS=1."
}
