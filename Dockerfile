# One image for every process of Gatepost; `gatepost up` runs them all in one container.
# It has not been built yet: its steps were tried one by one outside of a container.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

RUN useradd --system --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin gatepost \
    && install -d -o gatepost -g gatepost -m 700 /data

WORKDIR /src

# The libraries change seldom, so they have a layer of their own. Nothing is compiled: wheels only, each with its hash.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements.lock

COPY pyproject.toml README.md ./
COPY models models
COPY store store
COPY worker worker
COPY training training
COPY service service
COPY cli cli
RUN pip install --no-deps --no-build-isolation . && rm -rf /src/*

USER gatepost
WORKDIR /data

ENV GATEPOST_DATA=/data \
    GATEPOST_HOST=0.0.0.0

VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('GATEPOST_PORT', '8080') + '/healthz', timeout=3)"]

# SIGTERM drains, which takes up to 18 seconds: stop the container with a longer time limit than that.
STOPSIGNAL SIGTERM
CMD ["gatepost", "up"]
