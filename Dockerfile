# syntax=docker/dockerfile:1
# One image for all processes of Balcão; docker-compose.yml says which command each container runs.
ARG BASE=docker.io/library/python:3.13-slim-bookworm

# --- packages: everything pinned by hash
# hadolint ignore=DL3006
FROM ${BASE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /opt/balcao
COPY requirements/run.txt /tmp/run.txt
RUN /opt/balcao/bin/pip install --require-hashes --no-deps -r /tmp/run.txt

# --- code, with the static files collected
# hadolint ignore=DL3006
FROM ${BASE} AS code
ENV PATH=/opt/balcao/bin:$PATH PYTHONDONTWRITEBYTECODE=1
COPY --from=packages /opt/balcao /opt/balcao
WORKDIR /srv/balcao
COPY manage.py pyproject.toml LICENSE ./
COPY requirements/run.txt requirements/run.txt
COPY bot bot
COPY channels channels
COPY dashboard dashboard
COPY messaging messaging
COPY project project
# The keys made for this command stay in the throw-away folder.
RUN DATA_DIR=/tmp/build python manage.py collectstatic --noinput -v0 \
    && rm -r /tmp/build \
    && python -m compileall -q bot channels dashboard messaging project

# --- what runs
# hadolint ignore=DL3006
FROM ${BASE}
RUN groupadd --gid 10001 balcao \
    && useradd --uid 10001 --gid balcao --no-create-home --home-dir /data --shell /usr/sbin/nologin balcao \
    && install -d -o balcao -g balcao -m 750 /data
COPY --from=packages /opt/balcao /opt/balcao
COPY --from=code /srv/balcao /srv/balcao
ENV PATH=/opt/balcao/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    LOG_FORMAT=json
WORKDIR /srv/balcao
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["granian", "--interface=asgi", "--http=1", "--no-ws", "--log-level=warning", "--host=0.0.0.0", "--port=8000", "--workers-kill-timeout=15s", "project.asgi:application"]
