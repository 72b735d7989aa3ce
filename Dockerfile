# micfp in a container: the core, or with EXTRAS=all the pipeline and networks as well.
#   docker build -t micfp .
#   docker build -t micfp-all --build-arg EXTRAS=all .
#   docker run --rm -v "$PWD:/data" --user "$(id -u):$(id -g)" micfp identify RECORDING
#   docker run --rm -v "$PWD:/data" --user "$(id -u):$(id -g)" --entrypoint snakemake micfp-all -j2 all
# BASE: another image with Python, such as one of a mirror. PIP_FLAGS: where packages come from, such
# as an index that has the CPU build of torch.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS builder
ARG EXTRAS=
ARG PIP_FLAGS=
WORKDIR /source
COPY . .
RUN python3 -m venv /opt/micfp \
    && /opt/micfp/bin/pip install --no-cache-dir ${PIP_FLAGS} -c constraints.txt ".${EXTRAS:+[${EXTRAS}]}"

FROM ${BASE}
ARG EXTRAS=
# DVC versions what git knows.
RUN if [ -n "${EXTRAS}" ]; then \
        apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=builder /opt/micfp /opt/micfp
# Whoever --user names has no folder, where libraries keep caches, and no name, which Snakemake and DVC
# ask for.
ENV PATH=/opt/micfp/bin:$PATH HOME=/tmp USER=micfp MLFLOW_DISABLE_TELEMETRY=true DVC_NO_ANALYTICS=true
RUN useradd --no-create-home --home-dir /tmp micfp
USER micfp
WORKDIR /data
ENTRYPOINT ["micfp"]
CMD ["--help"]
