# The tasks, each a line or two; CI runs the same ones. Things are built as you; only what must be root goes through sudo.
SHELL  := /bin/bash
PREFIX ?= /usr/local
ARGS   ?=
ROOT   := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
ZOO    := target/sigzoo target/sigexpect
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

.PHONY: help setup build run demo test check kernels bench pictures install fmt lint

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1#\2/p' Makefile | column -t -s '#'

setup: ## install what is missing to build sigtop
	@scripts/setup.sh

build: setup ## the program: target/release/sigtop
	cargo build --release

run: build ## this machine's signals, in the dashboard (ARGS="log" for lines)
	$(ROOT) target/release/sigtop $(ARGS)

demo: build ## the dashboard with a made-up history, no root needed
	target/release/sigtop --demo $(ARGS)

test: setup ## all tests, the live ones as root (ARGS="--test live" for some)
	scripts/test.sh $(ARGS)

check: setup ## what CI asks of every change: format, lints, tests
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	scripts/test.sh

kernels: build $(ZOO) ## the live part on Debian's kernels 5.10 to the newest, in QEMU
	scripts/kernels.sh fetch
	scripts/kernels.sh run -t tests/guest.sh $(foreach f,$(ZOO),-f $f) target/release/sigtop

bench: build ## the figures, promise beside measurement
	scripts/bench.sh

pictures: build ## assets/*.svg, from the demo
	scripts/picture.sh

install: build ## to $(PREFIX), with its systemd unit; SETCAP=1 lets every user of this machine run it without sudo
	$(ROOT) install -D -m 755 target/release/sigtop $(DESTDIR)$(PREFIX)/bin/sigtop
	sed 's#/usr/bin/sigtop#$(PREFIX)/bin/sigtop#' assets/sigtop.service | \
		$(ROOT) install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/sigtop.service
	$(if $(SETCAP),$(ROOT),@echo to run it without sudo:) setcap cap_bpf,cap_perfmon+ep $(DESTDIR)$(PREFIX)/bin/sigtop

fmt: ## format Rust and C
	cargo fmt
	clang-format -i bpf/sigtop.h bpf/vmlinux.h bpf/*.bpf.[ch] tests/zoo/*.[ch] tests/zoo/expect/*.c
	clang-format -i --style=file:tests/zoo/.clang-format benches/*.c

lint: setup ## clippy, and shellcheck where it is installed
	cargo clippy --all-targets -- -D warnings
	if command -v shellcheck; then shellcheck scripts/*.sh .ci/run; fi

target/sigzoo: tests/zoo/*.c tests/zoo/zoo.h
target/sigexpect: tests/zoo/expect/*.c
$(ZOO):
	mkdir -p target && $(CC) -O1 -g -Wall -Wextra -o $@ $(filter %.c,$^) -pthread
