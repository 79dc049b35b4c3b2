#!/usr/bin/env bash
# Builds the release archives under dist/ and checks them: what is in them, that
# the programs are static and hold the reference site of their architecture, the
# checksums, and that the one of this machine runs.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:-$(git describe --tags --always --dirty 2>/dev/null || echo devel)}
targets="linux/amd64 linux/arm64 darwin/arm64"
vcs=$(git rev-parse HEAD >/dev/null 2>&1 && echo true || echo false)
bin=topologies/images/bin
trap 'rm -f $bin/site-linux-*; make -s site' EXIT # the site of this machine, as before

declare -A site # by architecture, the build id that the site's program holds
rm -rf dist && mkdir -p dist
for target in $targets; do
  os=${target%/*} arch=${target#*/}
  name=holdfast-$version-$os-$arch
  echo "dist: $name"
  mkdir -p "dist/$name"
  # Only the site of this architecture is embedded: a Docker daemon runs what its machine can.
  rm -f $bin/site-linux-*
  CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags '-s -w' -o $bin/site-linux-"$arch" ./cmd/site
  site[$arch]=$(go tool buildid $bin/site-linux-"$arch")
  CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -buildvcs="$vcs" -ldflags '-s -w' -o "dist/$name/holdfast" ./cmd/holdfast
  cp LICENSE README.md "dist/$name/"
  tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime='1970-01-01 UTC' -cf - "$name" | gzip -9n > "dist/$name.tar.gz"
  rm -r "dist/${name:?}"
done
(cd dist && sha256sum -- *.tar.gz > SHA256SUMS)

fail() { echo "dist: $1" >&2; exit 1; }
(cd dist && sha256sum -c --quiet SHA256SUMS) || fail "a checksum is wrong"
[ "$(wc -l < dist/SHA256SUMS)" = 3 ] || fail "SHA256SUMS does not list three archives"
check=$(mktemp -d)
for target in $targets; do
  os=${target%/*} arch=${target#*/}
  name=holdfast-$version-$os-$arch
  tar -C "$check" -xzf "dist/$name.tar.gz"
  [ "$(cd "$check/$name" && echo *)" = "LICENSE README.md holdfast" ] || fail "$name holds $(ls "$check/$name")"
  program=$check/$name/holdfast
  built=$(go version -m "$program")
  for want in CGO_ENABLED=0 GOOS="$os" GOARCH="$arch"; do
    grep -q "$want" <<< "$built" || fail "$name was not built with $want"
  done
  if [ "$os" = linux ] && grep -aq '/ld-linux' "$program"; then fail "$name wants a dynamic loader"; fi
  for a in "${!site[@]}"; do
    inside=$(grep -aqF "${site[$a]}" "$program" && echo yes || echo no)
    [ "$inside" = "$([ "$a" = "$arch" ] && echo yes || echo no)" ] || fail "$name: the site of linux/$a is inside: $inside"
  done
  if [ "$target" = "$(go env GOOS)/$(go env GOARCH)" ]; then
    (cd "$check" && "$program" version | grep -q "$target") || fail "$name does not run"
    (cd "$check" && "$program" doctor || true) | grep -q 'site .*built in' || fail "$name does not find its site"
    echo "dist: $name runs"
  fi
done
rm -r "$check"
(cd dist && ls -l -- *.tar.gz && cat SHA256SUMS)
