#!/usr/bin/env bash
# Installs the toolkit, moves it, and does with it what somebody does who has no source tree: begins a plugin of each
# kind, builds and checks it, and trains with it.
#   run.sh CMAKE BUILD-FOLDER
set -euo pipefail

cmake="$1"
build="$2"
scratch="$(mktemp -d)"
trap 'rm -rf -- "$scratch"' EXIT

# die WHAT [FILE]: ends the test; the file's text says why.
die() {
  printf 'install test: %s\n' "$1" >&2
  if [[ $# -gt 1 ]]; then tail -n 40 -- "$2" >&2; fi
  exit 1
}
# must WHAT COMMAND...: runs it with its output in a log.
must() {
  local what="$1" log
  shift
  log="$(mktemp -p "$scratch" log.XXXXXX)"
  "$@" >"$log" 2>&1 || die "$what failed" "$log"
}
# holds FILE TEXT
holds() { grep -qF -- "$2" "$1" || die "'$2' does not stand in $1" "$1"; }

must "cmake --install" "$cmake" --install "$build" --prefix "$scratch/first"
mv -- "$scratch/first" "$scratch/toolkit"
toolkit="$scratch/toolkit"
program="$toolkit/bin/flashmotion"
if grep -rlF -- "$scratch/first" "$toolkit/lib/cmake"; then die "the package names the folder that it was installed to"; fi
for file in "$program" "$toolkit"/lib/libflashmotion{,_flow,_pieces}.so "$toolkit"/lib/flashmotion/plugins/*.so; do
  readelf -d "$file" >/dev/null || die "$file is missing"
  if readelf -d "$file" | grep -E 'R(UN)?PATH' | grep -qF -- "$build"; then die "$file looks into the build folder"; fi
done

mkdir "$scratch/work"
cd -- "$scratch/work"
unset FLASHMOTION_PLUGIN_PATH
must "flashmotion --version" "$program" --version
must "the installed bootstrap" "$toolkit/share/flashmotion/scripts/bootstrap" --help

# One project a kind; two compilers at a time.
make_plugin() {
  local kind="$1" name="my_$1"
  must "plugins new --kind $kind" "$program" plugins new "$name" --kind "$kind"
  must "configuring $name" "$cmake" -G Ninja -S "$name" -B "$name/build" -DCMAKE_PREFIX_PATH="$toolkit"
  must "building $name" "$cmake" --build "$name/build"
  must "the tests of $name" "${cmake%cmake}ctest" --test-dir "$name/build" --output-on-failure --no-tests=error
  must "the recipe of $name" "$program" run "$name/recipe.toml" --out "runs/$name" --quiet
  holds "runs/$name/plugins.json" "\"$name\""
}
kinds=()
for folder in "$toolkit"/share/flashmotion/templates/plugin/*/; do
  kind="$(basename -- "$folder")"
  if [[ $kind != common ]]; then kinds+=("$kind"); fi
done
((${#kinds[@]} >= 4)) || die "there are templates for ${#kinds[@]} kinds only: ${kinds[*]}"
running=()
for kind in "${kinds[@]}"; do
  make_plugin "$kind" &
  running+=($!)
  if ((${#running[@]} >= 2)); then
    wait "${running[0]}" || exit 1
    running=("${running[@]:1}")
  fi
done
for job in "${running[@]}"; do wait "$job" || exit 1; done

# The adapter in a copy of a shipped recipe, ten steps; its name and digest are in what the run leaves.
cp -- "$toolkit/share/flashmotion/recipes/toy/smoke.toml" copy.toml
plugin=my_adapter/build/my_adapter.so
must "training with my_adapter" "$program" run copy.toml --set adapter.use=my_adapter \
  --set stage.slow_adapter.steps=10 --plugin "$plugin" --out runs/copy --quiet
digest="$(sha256sum -- "$plugin" | cut -d' ' -f1)"
holds runs/copy/plugins.json "$digest"
holds runs/copy/report.html "$digest"
holds runs/copy/report.html my_adapter
holds runs/copy/recipe.resolved.toml "sha256 = \"$digest\""
((10 == $(grep -cE '"stage": ?"slow_adapter".*"terms"' runs/copy/metrics.jsonl))) || die "the adapter was not trained for ten steps"

# The record finds the same file again; another one is told, and nothing goes on with it by itself.
must "the resolved recipe" "$program" check runs/copy/recipe.resolved.toml
cp -- "$plugin" other.so
printf 'more' >>other.so
"$program" check runs/copy/recipe.resolved.toml --plugin other.so 2>said || die "the other file is refused" said
holds said "plugin my_adapter is another file"
resume=("$program" run copy.toml --set adapter.use=my_adapter --set stage.slow_adapter.steps=10 --plugin other.so
  --out runs/copy --resume --quiet)
code=0
"${resume[@]}" 2>said || code=$?
((code == 2)) || die "a run goes on with another plugin (exit code $code)" said
holds said "'runs/copy' was started with other plugins: plugin my_adapter is another file"
must "--other-plugins" "${resume[@]}" --other-plugins

code=0
"$program" plugins new my_adapter --kind adapter 2>said || code=$?
((code == 2)) || die "an existing folder is written to (exit code $code)" said
holds said "'my_adapter' exists"
printf 'install test: good\n'
