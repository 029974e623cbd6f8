import type { PlanKeys } from "./host.ts";

/** The command of an image whose containers serve their release and colour. */
export const SERVE = `mkdir -p /www
echo "release=$RELEASE; color=$COLOR" >/www/health
exec httpd -f -p 8080 -h /www
`;

/** A compose file of such an image. */
export const COMPOSE = `services:
  web:
    image: "\${IMAGE}"
    init: true
    network_mode: bridge
    environment: { RELEASE: "\${RELEASE}", COLOR: "\${COLOR}" }
    ports: ["127.0.0.1:\${PORT}:8080"]
`;

/** The keys of a plan by which colours are containers of an image that is on the host. */
export const containerKeys: PlanKeys = {
  start: "image",
  "image-port": 8080,
  "image-pull": 0,
  "start-command": null,
  "stop-command": null,
  "health-within": 20_000,
  "stop-within": 2_000,
};
