FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 VAR_DIR=/var/lib/krug-app
WORKDIR /app
# Reports as PDF and charts as PNG.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    libcairo2 fonts-liberation && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
RUN for po in locale/*/LC_MESSAGES/*.po; do pybabel -q compile -i "$po" -o "${po%.po}.mo"; done \
 && useradd --system --no-create-home --shell /usr/sbin/nologin krug \
 && install -d -o krug -g krug "$VAR_DIR"
USER krug
VOLUME $VAR_DIR
EXPOSE 8000
CMD ["gunicorn", "crmsite.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--preload", "--no-control-socket"]
