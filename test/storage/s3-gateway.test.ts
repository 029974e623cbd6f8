import { afterAll, beforeAll, describe, vi } from "vitest";
import { openS3Store } from "../../shared/storage/s3/s3-store.ts";
import { needs } from "../support/needs.ts";
import { type Gateway, startGateway } from "../support/s3/gateway.ts";
import { S3_KEYS } from "../support/s3/server.ts";
import { keepsTheContract } from "./contract.ts";

const MIB = 1 << 20;

describe("an S3 server that is not ours", needs("versitygw"), () => {
  let gateway: Gateway;
  let count = 0;
  beforeAll(async () => {
    for (const [name, value] of Object.entries(S3_KEYS)) vi.stubEnv(name, value);
    gateway = await startGateway();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await gateway.stop();
  });

  keepsTheContract(
    async () => {
      const prefix = `test${++count}`;
      const settings = {
        endpoint: gateway.endpoint,
        checksums: "when-supported",
        partSize: 5 * MIB,
      } as const;
      const store = openS3Store("backups", prefix, settings, { env: {}, info: () => undefined });
      const before = new Set(gateway.stored());
      return {
        store,
        leftovers: async () => gateway.stored().filter((name) => !before.has(name)),
        stop: async () => undefined,
      };
    },
    10 * MIB + 12_345,
  );
});
