import { randomBytes, randomInt } from "node:crypto";

const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETTERS = `${CAPITALS}${CAPITALS.toLowerCase()}${DIGITS}`;

/** So many random characters out of an alphabet. */
export function draw(count: number, alphabet = LETTERS): string {
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join("");
}

function grouped(): string {
  return [8, 4, 4, 4, 12].map((count) => draw(count, HEX)).join("-");
}

/** A secret of each kind, new for each call and right in form. Some have characters that every encoding changes. */
export function freshValues() {
  // A letter by chance after each, so that two of these have no long part in common.
  const awkward = (): string =>
    draw(8) + [..."\"\\&<ä>%'+=/ ?#$"].map((each) => each + draw(2)).join("") + draw(8);
  return {
    TELEGRAM_BOT_TOKEN: `${draw(9, "123456789")}:${draw(34)}_`,
    SLACK_BOT_TOKEN: `xoxb-${draw(12, DIGITS)}-${draw(24)}`,
    SLACK_WEBHOOK: `https://hooks.slack.com/services/T${draw(10, CAPITALS)}/B${draw(10, CAPITALS)}/${draw(24)}`,
    DISCORD_WEBHOOK: `https://discord.com/api/webhooks/${draw(18, "123456789")}/${draw(68)}`,
    AWS_ACCESS_KEY_ID: `AKIAQ${draw(15, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    AWS_SECRET_ACCESS_KEY: `${draw(18)}/+${draw(20)}`,
    GH_TOKEN: `ghp_${draw(36)}`,
    ZOHO_CLIENT_ID: `1000.${draw(30, `${CAPITALS}${DIGITS}`)}`,
    ZOHO_CLIENT_SECRET: draw(42, HEX),
    ZOHO_REFRESH_TOKEN: `1000.${draw(32, HEX)}.${draw(32, HEX)}`,
    SMTP_PASSWORD: awkward(),
    API_TOKEN: draw(40),
    API_PASSWORD: awkward().replace("ä", "a"),
    HEALTH_URL: `/me?token=${draw(32)}`,
    COMMAND_SECRET: `${draw(12)}\n${draw(12)}\n${draw(12)}`,
    PROD_DB_PASSWORD: awkward(),
    PROD_JWT_SECRET: randomBytes(32).toString("base64url"),
    RENDER_DEPLOY_HOOK: `https://api.render.com/deploy/srv-${draw(20, `${DIGITS}abcdef`)}?key=${draw(22)}`,
    CODECOV_TOKEN: grouped(),
    SERVICE_ACCOUNT: JSON.stringify({
      type: "robot",
      id: draw(16),
      key: { first: awkward(), second: draw(30) },
    }),
  };
}

export type Values = Record<keyof ReturnType<typeof freshValues>, string>;
