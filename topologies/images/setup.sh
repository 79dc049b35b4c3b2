#!/bin/sh
# Checks what `make run` and `make test` need, and says what to do where it is missing.
# The images' base is pulled; where no registry answers it is bootstrapped with mmdebstrap,
# which this installs on a Debian machine where it may.
set -u
fail() { echo "setup: $1"; echo "       to do: $2"; exit 4; }

command -v go >/dev/null || fail "go is missing" "install Go 1.26 or newer, see https://go.dev/doc/install"
command -v docker >/dev/null || fail "docker is missing" "install Docker Engine 20.10 or newer, see https://docs.docker.com/engine/install/"
answer=$(docker version --format '{{.Server.Version}}' 2>&1) || case "$answer" in
  *"permission denied"*) fail "Docker does not permit this user: $answer" "add the user to the group docker (sudo usermod -aG docker \$USER) and log in again" ;;
  *) fail "Docker does not answer: $answer" "start it, for example with: sudo systemctl start docker" ;;
esac

base() { [ -n "$(docker image ls -q --filter label=holdfast.image=base 2>/dev/null)" ] || docker image inspect debian:bookworm-slim >/dev/null 2>&1; }
if ! base && ! command -v mmdebstrap >/dev/null && ! docker pull -q debian:bookworm-slim >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: no registry answers, so the images' base will be bootstrapped: installing mmdebstrap (about 20 s)"
    log=$(mktemp)
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mmdebstrap; } >"$log" 2>&1 ||
      fail "mmdebstrap could not be installed, see $log" "install it by hand, or let docker pull debian:bookworm-slim"
  else
    fail "debian:bookworm-slim cannot be pulled and mmdebstrap is missing" "allow the pull, or: sudo apt-get install mmdebstrap"
  fi
fi
echo "setup: Docker $answer answers"
