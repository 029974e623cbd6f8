import * as z from "zod";
import { Redactor } from "../../../shared/runtime/redactor.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import type { Purge } from "./plan.ts";
import { final, limited, type Patience, passing, type Reply, send } from "./reply.ts";

export type Zone = { readonly apiUrl: string; readonly zone: string; readonly token: string };

const answerSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.int(), message: z.string() })).catch([]),
});

// Cloudflare's codes for tokens that are not known, not right or not allowed to.
const TOKEN_CODES = new Set([1000, 1001, 6003, 6111, 9103, 9106, 9107, 9109, 10_000, 10_001]);

/** Purges at Cloudflare, once. What it says with `success: false` is a failure, whatever the status. */
export async function purgeCloudflare(
  { kind, items }: Extract<Purge, { cdn: "cloudflare" }>,
  { apiUrl, zone, token }: Zone,
  patience: Patience,
): Promise<Reply<undefined>> {
  const answer = await send(
    {
      method: "POST",
      url: new URL(`${apiUrl}/zones/${zone}/purge_cache`),
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json",
      },
      body: JSON.stringify({ [kind]: kind === "purge_everything" ? true : items }),
    },
    patience,
  );
  if (answer.kind !== "answer") return answer;
  const { status, text } = answer;
  const parsed = answerSchema.safeParse(jsonOf(text));
  if (!parsed.success)
    return passing(`the answer (HTTP ${status}) is not Cloudflare's`, "Check for a proxy in between.");
  const { success, errors } = parsed.data;
  if (success && status >= 200 && status < 300) return { kind: "done", value: undefined };
  const said = errors.map(({ code, message }) => `${code} ${wordsOf(message, token)}`).join("; ");
  const why = `Cloudflare says ${said === "" ? `HTTP ${status} and no reason` : said}`;
  if (errors.some(({ message }) => /rate limit/i.test(message))) return limited(why);
  const tokenWrong = status === 401 || status === 403 || errors.some(({ code }) => TOKEN_CODES.has(code));
  return final(
    why,
    tokenWrong
      ? "Check that cloudflare-token is valid, and has the permission Cache Purge for this zone."
      : "Check what is to be purged, and whether the plan of the zone allows it.",
  );
}

/** What Cloudflare said, without the token should it repeat it: out before the cut, which could leave a part of it. */
function wordsOf(message: string, token: string): string {
  const redactor = new Redactor();
  redactor.add(token);
  return remoteLine(redactor.redact(message)).replace(/\.$/, "");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
