import { S3Client } from "@aws-sdk/client-s3";
import { openAgents } from "../../http/route.ts";
import type { S3Settings } from "./settings.ts";

const CONNECT_MS = 20_000;
const STALL_MS = 60_000;

/**
 * The SDK's client. Credentials come from its default chain: environment, web identity (OIDC), profiles, container,
 * instance. `env` is the job's environment, for the region and the proxies.
 */
export function openS3Client(settings: S3Settings, env: NodeJS.ProcessEnv): S3Client {
  const { endpoint, checksums } = settings;
  const agents = openAgents({ keepAlive: true, proxyEnv: env });
  const region = settings.region ?? regionOf(env, endpoint);
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: settings.pathStyle ?? endpoint !== undefined,
    followRegionRedirects: true,
    // Its own retries are over within a second or so (standard mode); ours are in retry.ts.
    maxAttempts: 1,
    requestChecksumCalculation: checksums === "when-required" ? "WHEN_REQUIRED" : "WHEN_SUPPORTED",
    // Every backup has its SHA-256 in the manifest, which holds for all of it and not only for a part.
    responseChecksumValidation: "WHEN_REQUIRED",
    // Not every service answers it, and then each part waits for seconds.
    expectContinueHeader: false,
    requestHandler: {
      httpAgent: agents.http,
      httpsAgent: agents.https,
      connectionTimeout: CONNECT_MS,
      socketTimeout: settings.stallMs ?? STALL_MS,
    },
  });
}

/** AWS_REGION is read by the SDK too, AWS_DEFAULT_REGION only by the AWS CLI. Other services take any region. */
function regionOf(env: NodeJS.ProcessEnv, endpoint: string | undefined): string | undefined {
  return env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || (endpoint === undefined ? undefined : "us-east-1");
}
