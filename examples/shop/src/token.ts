import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const LIFETIME_MS = 3_600_000;

/** A token for a user, good for an hour: `<user>.<end in milliseconds>.<signature>`. */
export function issueToken(user: string, secret: string, now: number): string {
  const claim = `${Buffer.from(user).toString("base64url")}.${now + LIFETIME_MS}`;
  return `${claim}.${sign(claim, secret)}`;
}

/** The user a token was issued for; nothing when it is forged or its time is over. */
export function userOfToken(token: string, secret: string, now: number): string | undefined {
  const [user = "", end = "", signature = "", ...more] = token.split(".");
  if (more.length > 0 || !isSame(signature, sign(`${user}.${end}`, secret))) return undefined;
  return Number(end) > now ? Buffer.from(user, "base64url").toString() : undefined;
}

/** Whether two texts are the same, in a time that tells nothing about where they differ. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

function sign(claim: string, secret: string): string {
  return createHmac("sha256", secret).update(claim).digest("base64url");
}
