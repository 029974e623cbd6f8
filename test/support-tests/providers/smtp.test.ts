import { createTransport } from "nodemailer";
import { afterEach, describe, expect, it } from "vitest";
import { certificates } from "../../support/certificates.ts";
import { type Smtp, type SmtpOptions, startSmtp } from "../../support/providers/smtp.ts";

let server: Smtp | undefined;
afterEach(async () => {
  await server?.stop();
});

async function start(tls: SmtpOptions["tls"] = "starttls"): Promise<Smtp> {
  const { good } = await certificates();
  server = await startSmtp({ users: { mailer: "pass word" }, certificate: good, tls });
  return server;
}

async function login(
  { port }: Smtp,
  pass: string,
  options: { secure?: boolean; requireTLS?: boolean; ignoreTLS?: boolean } = {},
): Promise<string> {
  const ca = (await certificates()).authority.cert;
  const auth = { user: "mailer", pass };
  const transport = createTransport({ host: "localhost", port, auth, tls: { ca }, ...options });
  return transport.verify().then(
    () => "in",
    (error: { responseCode?: number; code?: string }) => String(error.responseCode ?? error.code),
  );
}

describe("the SMTP server of tests", () => {
  it("lets the right password in after STARTTLS, and no other", async () => {
    const smtp = await start();
    expect([await login(smtp, "pass word"), await login(smtp, "other")]).toEqual(["in", "535"]);
    expect(smtp.logins).toEqual([
      { method: "PLAIN", user: "mailer", encrypted: true },
      { method: "PLAIN", user: "mailer", encrypted: true },
    ]);
    expect(smtp.effects).toEqual([]);
  });

  it("refuses a password in the open, unless it knows no TLS", async () => {
    expect(await login(await start(), "pass word", { ignoreTLS: true })).toBe("538");
    await server?.stop();
    const smtp = await start("none");
    expect(await login(smtp, "pass word", { ignoreTLS: true })).toBe("in");
    expect(smtp.logins).toMatchObject([{ encrypted: false }]);
    expect(await login(smtp, "pass word", { requireTLS: true })).not.toBe("in");
    expect(smtp.logins).toHaveLength(1);
  });

  it("speaks TLS from the start when told to", async () => {
    expect(await login(await start("implicit"), "pass word", { secure: true })).toBe("in");
  });

  it("replies what it is told to, with what it was given", async () => {
    const smtp = await start();
    smtp.reply((user, password) => ({ code: 454, text: `cannot check ${user} with ${password}` }));
    expect(await login(smtp, "pass word")).toBe("454");
    smtp.reply();
    expect(await login(smtp, "pass word")).toBe("in");
  });

  it("tells a message that was taken", async () => {
    const smtp = await start();
    const ca = (await certificates()).authority.cert;
    const transport = createTransport({
      host: "localhost",
      port: smtp.port,
      auth: { user: "mailer", pass: "pass word" },
      tls: { ca },
    });
    await transport.sendMail({ from: "a@example.com", to: "b@example.com", text: "hello" });
    expect(smtp.effects).toEqual(["mail from a@example.com", "a message"]);
  });
});
