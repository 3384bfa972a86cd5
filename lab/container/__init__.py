"""The container image of docs/operate.md, really built and run: by buildah and crun, without a daemon or a registry."""
