import type { Server } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { Certificate } from "../certificates.ts";
import { listenOnFreePort } from "../ports.ts";

export type SmtpOptions = {
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  readonly certificate: Certificate;
  /** `none`: a server that offers no TLS and takes logins in the open. Default: starttls. */
  readonly tls?: "starttls" | "implicit" | "none";
};

export type Login = { readonly method: string; readonly user: string; readonly encrypted: boolean };

export type Smtp = {
  readonly port: number;
  /** Every try to log in that came as far as a password. */
  readonly logins: readonly Login[];
  /** Senders, recipients and messages that were taken. A probe leaves none. */
  readonly effects: readonly string[];
  /** Logins that follow get this reply instead of an answer; the text may use what was given. */
  reply(reply?: (user: string, password: string) => SmtpReply): void;
  stop(): Promise<void>;
};

export type SmtpReply = { readonly code: number; readonly text: string };

/** Starts an SMTP server that refuses logins before TLS (538), as submission servers do (RFC 4954, section 4). */
export async function startSmtp({ users, certificate, tls = "starttls" }: SmtpOptions): Promise<Smtp> {
  const logins: Login[] = [];
  const effects: string[] = [];
  let forced: ((user: string, password: string) => SmtpReply) | undefined;
  const server = new SMTPServer({
    ...modes[tls],
    name: "mail.example.com",
    cert: certificate.cert,
    key: certificate.key,
    disableReverseLookup: true,
    authMethods: ["PLAIN", "LOGIN"],
    onAuth: (auth, session, callback) => {
      const [username, password] = [auth.username ?? "", auth.password ?? ""];
      logins.push({ method: auth.method, user: username, encrypted: session.secure });
      const reply = forced?.(username, password);
      if (reply !== undefined) callback(failure(reply));
      else if (Object.hasOwn(users, username) && users[username] === password)
        callback(null, { user: username });
      else callback(failure({ code: 535, text: "5.7.8 Authentication credentials invalid" }));
    },
    onMailFrom: ({ address }, _session, callback) => {
      effects.push(`mail from ${address}`);
      callback();
    },
    onData: (stream, _session, callback) => {
      effects.push("a message");
      stream.resume().once("end", () => callback());
    },
  });
  // Clients that hang up in the middle are part of the tests.
  server.on("error", () => undefined);
  const port = await listenOnFreePort(server.server as Server);
  return {
    port,
    logins,
    effects,
    reply: (next) => {
      forced = next;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const connection of server.connections) connection.close();
        server.close(() => resolve());
      }),
  };
}

const modes: Readonly<Record<NonNullable<SmtpOptions["tls"]>, SMTPServerOptions>> = {
  starttls: {},
  implicit: { secure: true },
  none: { disabledCommands: ["STARTTLS"], allowInsecureAuth: true },
};

function failure({ code, text }: SmtpReply): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
