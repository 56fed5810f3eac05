# The service as an image. Migrations are a command of their own, run before a new version starts:
#   docker run --rm -e PK_DATABASE_URL=… pk-api migrate
#   docker run -p 8000:8000 -e PK_DATABASE_URL=… pk-api

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /app/venv
COPY requirements.lock ./
RUN /app/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /app/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /app/venv/bin/pip uninstall --yes setuptools pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pk \
    && install --directory --owner 10001 /app/data
WORKDIR /app
COPY --from=build /app/venv venv
COPY migrations migrations
ENV PATH=/app/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
ENTRYPOINT ["pk-api"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
