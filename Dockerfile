# The engine as an image: linux/arm64 and linux/amd64.
#   docker build -t strategy-engine .
#   docker run --rm -p 127.0.0.1:8700:8700 -e ALLOW_INSECURE=true -v strategy-data:/app/data strategy-engine
# trixie, not bookworm: the socket library's binary for this Node needs its glibc.

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY asconfig.json tsconfig.json ./
COPY build/*.mjs build/
COPY assembly assembly
COPY src src
COPY test test
COPY bench bench
RUN npm run build && rm -rf build/out/test build/out/bench

FROM node:24-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The socket library brings a binary for every platform and Node; keep the one that this image loads.
RUN npm ci --omit=dev \
  && cd node_modules/uWebSockets.js \
  && keep="uws_linux_$(node -p 'process.arch')_$(node -p 'process.versions.modules').node" \
  && test -f "$keep" \
  && find . -name 'uws_*.node' ! -name "$keep" -delete

FROM node:24-trixie-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends curl \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --create-home strategy
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/build/out build/out
# What strategies in AssemblyScript are compiled with.
COPY assembly/sdk assembly/sdk
COPY assembly/math assembly/math
COPY assembly/lanes.ts assembly/layout.ts assembly/
COPY package.json LICENSE* ./
RUN mkdir data && chown strategy data
USER strategy
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/app/data M4_MAX_OPTIMIZED=auto
EXPOSE 8700 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD curl -fsS http://localhost:8700/health || exit 1
ENTRYPOINT ["node", "--max-semi-space-size=4", "build/out/run/cli/cli.js"]
CMD ["serve"]
