# docker build -t imaging . && docker run --rm -p 8000:8000 -v imaging:/data imaging
# BASE may be any Debian-like image with Python 3.11 or newer and its venv module.
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python3 -m venv /opt/imaging && python3 -m venv /opt/build \
 && /opt/imaging/bin/pip install --no-cache-dir --require-hashes -r requirements.txt \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt
COPY . .
RUN /opt/build/bin/python imaging/graphql/graphiql/build.py \
 && /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/imaging/bin/pip install --no-cache-dir --no-deps /tmp/wheel/*.whl

FROM ${BASE}
COPY --from=build /opt/imaging /opt/imaging
RUN groupadd --gid 10001 imaging && useradd --uid 10001 --gid 10001 --no-create-home imaging \
 && install --directory --owner imaging --group imaging --mode 0700 /data
ENV PATH=/opt/imaging/bin:$PATH IMAGING_HOST=0.0.0.0 IMAGING_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=20s --interval=30s --timeout=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["imaging", "serve"]
