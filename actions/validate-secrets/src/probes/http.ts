import { validateHeaderValue } from "node:http";
import { ask } from "./ask.ts";
import { accepted, type Filled, NoVerdict, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/** Asks an address of the user's choosing; what its answers mean, the manifest says. */
export async function probeHttp(config: Filled<"http">, context: ProbeContext): Promise<ProbeAnswer> {
  const { method, token, header, user, password } = config;
  const url = URL.parse(config.url);
  const about = ["token", "password"].filter((key) => config[key as "token" | "password"] !== undefined);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refused(
      "malformed",
      ["url"],
      "it is no web address",
      "Set it to a URL that begins with https://.",
    );
  const [name, value] =
    token === undefined
      ? [
          "authorization",
          user === undefined ? "" : `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
        ]
      : header === undefined
        ? ["authorization", `Bearer ${token}`]
        : [header.toLowerCase(), token];
  try {
    validateHeaderValue(name, value);
  } catch {
    return refused(
      "malformed",
      about,
      "it has characters that no header can hold",
      "Set it anew, on one line.",
    );
  }
  const answer = await ask({ method, url, headers: value === "" ? {} : { [name]: value } }, context);
  const { status } = answer;
  const valid = config.valid?.includes(status) ?? (status >= 200 && status < 300);
  const subjects = about.length > 0 ? about : ["url"];
  if (valid) return accepted(`HTTP ${status}`, { status });
  if (config.invalid.includes(status))
    return refused("invalid", subjects, `the service refuses it (HTTP ${status})`, "Set a new one.", {
      status,
    });
  if (config.insufficient.includes(status)) {
    const mend = "Give it the rights, or ask something that it may do.";
    return refused(
      "insufficient",
      subjects,
      `the service takes it, and forbids this (HTTP ${status})`,
      mend,
      { status },
    );
  }
  throw new NoVerdict(
    `HTTP ${status} is among none of the statuses that mean something`,
    "Say what it means: valid, invalid or insufficient in the manifest.",
  );
}
