# What people expect to find here. The work is done by scripts/, which can be called by themselves.
.DEFAULT_GOAL := help
.PHONY: help demo test rehearse rehearse-kills bench check fmt test-tools

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 20

demo: ## Build and start the demo: the simulator and a furnished workspace, nothing leaves this machine
	@scripts/demo

test: ## Everything that must hold: brings what is missing, lints, all tests on both databases, in a browser
	@scripts/test

rehearse: ## Two hundred rehearsed years with every kind of trouble; for a night
	@scripts/rehearse

rehearse-kills: ## The real program under SIGKILL and SIGSTOP, hundreds of rounds on both databases; a quarter of an hour
	@scripts/rehearse-kills

bench: ## How quick and how even renewal is, against a bare client and a serial loop; minutes
	@scripts/bench

check: ## The quick half of it: formatting, lints, layout
	@cargo fmt --all -- --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@cargo run --quiet -p xtask -- check

fmt: ## Format everything
	@cargo fmt --all

test-tools: ## Bring what the tests need, without running them
	@scripts/machine test
	@scripts/npm-tools assets
	@scripts/npm-tools peers
