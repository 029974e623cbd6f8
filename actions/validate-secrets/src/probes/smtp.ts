import tls from "node:tls";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { unreached } from "./ask.ts";
import { accepted, type Filled, NoVerdict, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

type Failure = Error & { readonly code?: string; readonly responseCode?: number };

/** Greets, asks for TLS (port 465 speaks it at once), logs in and says goodbye. Without TLS nothing is sent. */
export async function probeSmtp(config: Filled<"smtp">, context: ProbeContext): Promise<ProbeAnswer> {
  const { signal, timeoutMs, ca } = context;
  const port = Number(config.port ?? 587);
  const connection = new SMTPConnection({
    host: config.host,
    port,
    secure: port === 465,
    requireTLS: true,
    name: "validate-secrets",
    logger: false,
    tls: ca === undefined ? {} : { ca: [...tls.getCACertificates("default"), ca] },
    ...{
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
    },
  });
  const onAbort = (): void => connection.close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.on("error", reject);
      connection.once("end", () =>
        reject(new NoVerdict("the server closed the connection", "Look at the server's log.")),
      );
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      connection.connect((failure) => {
        if (failure) return reject(failure);
        connection.login(
          { user: config.user, credentials: { user: config.user, pass: config.password } },
          (refusal) => (refusal ? reject(refusal) : resolve()),
        );
      });
    });
    connection.quit();
    return accepted("the server takes the login");
  } catch (error) {
    connection.close();
    signal.throwIfAborted();
    return judge(error, timeoutMs);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What a server says to a login: RFC 4954 section 6. The texts of servers are left out, for they may hold anything. */
function judge(error: unknown, timeoutMs: number): ProbeAnswer {
  if (error instanceof NoVerdict) throw error;
  const { code = "", responseCode } = error as Failure;
  if (code === "EAUTH" && responseCode === 535) {
    const mend = "Set user and password anew; many providers ask for an app password.";
    return refused("invalid", ["user", "password"], "the server refuses the login (535)", mend);
  }
  if (code === "EAUTH" && responseCode === 534) {
    const mend = "Make an app password, or let the account log in by password.";
    return refused("insufficient", ["password"], "the server asks for another way to log in (534)", mend);
  }
  if (responseCode !== undefined)
    throw new NoVerdict(
      `the server answers ${responseCode}, which tells nothing of the login`,
      "Look at the server's log.",
    );
  if (code === "ETLS" || /wrong version number/i.test((error as Error).message)) {
    throw new NoVerdict(
      "the server speaks no TLS there",
      "Use port 587 for STARTTLS, 465 for TLS at once; nothing is sent without it.",
    );
  }
  if (code === "ETIMEDOUT")
    throw unreached(Object.assign(new Error("silent"), { name: "TimeoutError" }), timeoutMs);
  const cause = (error as { readonly cause?: unknown }).cause;
  throw unreached(cause instanceof Error ? cause : error, timeoutMs);
}
