import type { Chapter, Step } from "../chapter.ts";
import { RELEASES } from "../releases.ts";
import type { Stage } from "../stage.ts";

// Nothing here gets better by waiting, which the six attempts at ten seconds of the file are for.
const FEW_RETRIES = { retries: "2", interval: "250ms" };

/** A deployment that went well, and three that did not. */
export const smokeTest: Chapter = {
  name: "smoke-test",
  title: "Prove that what was deployed is what is running, and works",
  about:
    "After a deployment, smoke-test reads the shop's own .github/smoke.yml: which version must answer, what has to " +
    "work (health, a login whose token is used for the next request, the certificate, the database), and how fast.",
  steps,
};

async function* steps(stage: Stage): AsyncGenerator<Step> {
  const { shop } = stage;
  await shop.deploy({ sha: RELEASES.first });
  yield {
    title: "A good deployment",
    why: "The release that was deployed is up. Everything that the file asks for holds, so the step passes.",
    ...stepFor(stage, RELEASES.first),
    expected: { conclusion: "success", outputs: { passed: "8", failed: "0", skipped: "0" } },
  };

  yield {
    title: "The old version still answers",
    why:
      "The next release was deployed, but nobody restarted the service. The shop is as healthy as before, and " +
      "still the step must fail: it is the wrong release that is healthy.",
    ...stepFor(stage, RELEASES.second, FEW_RETRIES),
    expected: { conclusion: "failure", because: [/expected version \w+, last seen \w+/] },
  };

  await shop.deploy({ sha: RELEASES.second, poolSize: 1, databaseLatencyMs: 30 });
  yield {
    title: "Too slow for more than one customer",
    why:
      "The next release is up, with a pool of one connection to a database 60 ms away. Each check by itself " +
      "passes; ten requests at a time wait for each other, and the load sample shows it.",
    ...stepFor(stage, RELEASES.second, FEW_RETRIES),
    expected: { conclusion: "failure", because: [/^products: p95: expected < 500 ?ms, got /] },
  };

  await shop.deploy({ sha: RELEASES.second, certificate: "expired" });
  yield {
    title: "An expired certificate",
    why:
      "Asked over the internal network, without TLS, the shop is in order. The certificate at its front door ran " +
      "out yesterday.",
    ...stepFor(stage, RELEASES.second, FEW_RETRIES, { SHOP_URL: shop.internalUrl }),
    expected: { conclusion: "failure", because: [/^certificate: the certificate has expired/] },
  };
}

function stepFor(
  { shop }: Stage,
  sha: string,
  inputs: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Pick<Step, "action" | "with" | "env" | "secrets"> {
  return {
    action: "smoke-test",
    with: { config: ".github/smoke.yml", "expect-version": sha, ...inputs },
    env: { SHOP_URL: shop.url, SHOP_TLS: shop.tlsAddress, NODE_EXTRA_CA_CERTS: shop.authorityFile, ...env },
    secrets: { DATABASE_URL: shop.databaseUrl, DEMO_PASSWORD: shop.demoPassword },
  };
}
