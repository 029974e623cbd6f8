import { onTestFinished } from "vitest";

/** Has a server stopped when the test is over. */
export async function started<Server extends { stop(): Promise<void> }>(
  starting: Promise<Server>,
): Promise<Server> {
  const server = await starting;
  onTestFinished(() => server.stop());
  return server;
}

export type Said = { readonly status: number; readonly body: unknown };

/** The status of an answer, and its body: a value when it is JSON, else the text. */
export async function ask(url: string, init: RequestInit = {}): Promise<Said> {
  const response = await fetch(url, init);
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}

export function bearer(token: string) {
  return { headers: { authorization: `Bearer ${token}` } };
}
