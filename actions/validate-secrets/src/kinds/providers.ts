import { type Fault, formed, type Kind } from "./kind.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function awsSecretFaults(value: string): readonly Fault[] {
  if (/^(?:AKIA|ASIA)[A-Z0-9]{16}$/.test(value))
    return [
      {
        why: "it is the access key ID",
        mend: "Set the longer one of the two, shown once when the key was made.",
      },
    ];
  return formed(
    /^[A-Za-z0-9/+]{40}$/,
    "40 characters of base64",
    "Make a new access key; its secret is shown once.",
  )(value);
}

function pagerDutyFaults(value: string): readonly Fault[] {
  if (/^[\w+-]{20}$/.test(value))
    return [
      {
        why: "it is a REST API key, not an integration's routing key",
        mend: "Copy the Integration Key of the service (Events API v2), 32 characters.",
      },
    ];
  return formed(
    /^[A-Za-z0-9]{32}$/,
    "32 letters and digits",
    "Copy the Integration Key of the service (Events API v2).",
  )(value);
}

/** Kinds issued by a service, which says what they look like. */
export const providerKinds = {
  "telegram-bot-token": {
    about: "a Telegram bot token",
    credential: true,
    names: /TELEGRAM.*TOKEN$|(?:^|_)TG_.*TOKEN$/,
    typical: /^\d{5,16}:[\w-]{35}$/,
    faults: formed(
      /^\d{5,16}:[\w-]{30,64}$/,
      "digits, a colon and 35 characters",
      "Ask @BotFather for it: /token.",
    ),
  },
  "telegram-chat-id": {
    about: "a Telegram chat",
    credential: false,
    names: /TELEGRAM.*(?:CHAT|CHANNEL|GROUP)(?:_ID)?$|(?:^|_)TG_CHAT(?:_ID)?$/,
    faults: formed(
      /^(?:-?\d{1,20}|@\w{4,32})$/,
      "a number (groups are negative) or a @name",
      "Write to the bot in that chat, and take chat.id from getUpdates.",
    ),
  },
  "slack-token": {
    about: "a Slack token",
    credential: true,
    names: /SLACK.*TOKEN$/,
    typical: /^xox[abeoprs]-[\w-]{20,}$/,
    faults: formed(
      /^xox[abeoprs](?:\.xox[bp])?-[\w-]{10,}$|^xapp-\d-[\w-]{20,}$/,
      "a Slack token, which begins with xoxb- or the like",
      "Copy it from the app's page, OAuth & Permissions.",
    ),
  },
  "slack-webhook": {
    about: "a Slack webhook",
    credential: true,
    names: /SLACK.*(?:WEBHOOK|HOOK)(?:_URL)?$|SLACK_URL$/,
    typical: /^https:\/\/hooks\.slack(?:-gov)?\.com\/\S+$/,
    faults: formed(
      /^https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services\/T\w+\/B\w+\/\w+|workflows\/\S+|triggers\/\S+)$/,
      "https://hooks.slack.com/services/T…/B…/…",
      "Copy it from the app's page, Incoming Webhooks.",
    ),
  },
  "discord-webhook": {
    about: "a Discord webhook",
    credential: true,
    names: /DISCORD/,
    typical: /^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/\S+$/,
    faults: formed(
      /^https:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/\d{15,21}\/[\w-]{60,80}$/,
      "https://discord.com/api/webhooks/<number>/<token>",
      "Copy it from the channel's settings, Integrations.",
    ),
  },
  "aws-access-key-id": {
    about: "an AWS access key ID",
    credential: true,
    names: /AWS.*ACCESS_KEY_ID$|(?:^|_)S3_ACCESS_KEY(?:_ID)?$/,
    typical: /^(?:AKIA|ASIA)[A-Z2-7]{16}$/,
    faults: formed(
      /^[A-Z0-9]{16,128}$/,
      "16 or more capitals and digits, such as AKIA…",
      "Make an access key in IAM.",
    ),
  },
  "aws-secret-access-key": {
    about: "an AWS secret access key",
    credential: true,
    names: /AWS.*SECRET_ACCESS_KEY$|AWS_SECRET_KEY$/,
    faults: awsSecretFaults,
  },
  "aws-region": {
    about: "an AWS region",
    credential: false,
    names: /(?:AWS|S3)_(?:DEFAULT_)?REGION$/,
    faults: formed(
      /^(?:[a-z]{2}(?:-[a-z]+)+-\d|auto|[a-z0-9-]+)$/,
      "a region such as eu-central-1",
      "Set its short name.",
    ),
  },
  "s3-bucket": {
    about: "an S3 bucket",
    credential: false,
    names: /BUCKET(?:_NAME)?$/,
    faults: formed(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      "the name of a bucket",
      "Set the name alone, without s3://.",
    ),
  },
  "github-token": {
    about: "a GitHub token",
    credential: true,
    names: /(?:^|_)(?:GITHUB|GH|GHCR)_(?:TOKEN|PAT)$|(?:^|_)PAT$/,
    typical: /^(?:gh[pousr]_\w{36,}|github_pat_\w{60,})$/,
    faults: formed(
      /^(?:gh[pousr]_[A-Za-z0-9_.-]{30,}|github_pat_\w{50,}|[0-9a-f]{40})$/,
      "a GitHub token (ghp_…, github_pat_…, ghs_…)",
      "Make one under Settings, Developer settings.",
    ),
  },
  "render-deploy-hook": {
    about: "a Render deploy hook",
    credential: true,
    names: /RENDER.*HOOK(?:_URL)?$/,
    typical: /^https:\/\/api\.render\.com\/deploy\/\S+$/,
    faults: formed(
      /^https:\/\/api\.render\.com\/deploy\/[a-z]+-[a-z0-9]+\?key=[\w-]{8,}$/,
      "https://api.render.com/deploy/srv-…?key=…",
      "Copy it from the service's settings. It is never asked: any request to it deploys.",
    ),
  },
  "render-api-key": {
    about: "a Render API key",
    credential: true,
    names: /RENDER.*API_KEY$/,
    typical: /^rnd_\w{20,}$/,
    faults: formed(/^rnd_\w{20,}$/, "rnd_ and 20 or more characters", "Make one in the account settings."),
  },
  "railway-token": {
    about: "a Railway token",
    credential: true,
    names: /RAILWAY.*TOKEN$/,
    faults: formed(UUID, "a UUID", "Make a project token in the project's settings."),
  },
  "codecov-token": {
    about: "a Codecov upload token",
    credential: true,
    names: /CODECOV.*TOKEN$/,
    faults: formed(
      UUID,
      "a UUID (an API access token is something else)",
      "Copy the upload token from the repository's page.",
    ),
  },
  "pagerduty-routing-key": {
    about: "a PagerDuty routing key",
    credential: true,
    names: /PAGERDUTY/,
    faults: pagerDutyFaults,
  },
  "sentry-dsn": {
    about: "a Sentry DSN",
    credential: false,
    names: /SENTRY.*DSN$/,
    typical: /^https:\/\/[0-9a-f]{32}@\S+\/\d+$/,
    faults: formed(
      /^https?:\/\/[0-9a-f]{32}(?::[0-9a-f]{32})?@[\w.:-]+(?:\/[\w.-]+)*\/\d+$/,
      "https://<32 hexadecimal digits>@<host>/<number>",
      "Copy it from the project's settings, Client Keys.",
    ),
  },
  "sentry-auth-token": {
    about: "a Sentry token",
    credential: true,
    names: /SENTRY.*TOKEN$/,
    typical: /^sntry[su]_\S{30,}$/,
    faults: formed(
      /^(?:sntry[su]_\S{30,}|[0-9a-f]{64})$/,
      "a Sentry token (sntrys_…)",
      "Make one in the organisation's settings.",
    ),
  },
  "zoho-client-id": {
    about: "a Zoho client ID",
    credential: true,
    names: /ZOHO.*CLIENT_ID$/,
    typical: /^1000\.[A-Z0-9]{30}$/,
    faults: formed(
      /^1000\.[A-Z0-9]{20,40}$/,
      "1000. and capitals and digits",
      "Copy it from the API console.",
    ),
  },
  "zoho-client-secret": {
    about: "a Zoho client secret",
    credential: true,
    names: /ZOHO.*CLIENT_SECRET$/,
    faults: formed(
      /^[0-9a-f]{30,60}$/,
      "hexadecimal digits",
      "Copy it from the API console, the client's other value.",
    ),
  },
  "zoho-refresh-token": {
    about: "a Zoho refresh token",
    credential: true,
    names: /ZOHO.*REFRESH_TOKEN$/,
    typical: /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/,
    faults: formed(
      /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/,
      "1000. and twice 32 hexadecimal digits with a dot between",
      "Exchange a grant code for it; an access token looks alike, but ends after an hour.",
    ),
  },
  "zoho-organization-id": {
    about: "a Zoho organisation",
    credential: false,
    names: /ZOHO.*ORG(?:ANI[SZ]ATION)?(?:_ID)?$/,
    faults: formed(/^\d{5,20}$/, "a number", "Take it from the page of the organisations."),
  },
  "zoho-data-center": {
    about: "a Zoho data centre",
    credential: false,
    names: /ZOHO.*(?:DC|DATA_?CENTER|REGION)$/,
    faults: formed(
      /^(?:com|eu|in|com\.au|jp|ca|sa|uk|com\.cn)$/,
      "com, eu, in, com.au, jp, ca, sa, uk or com.cn",
      "Set what follows zoho. in your address.",
    ),
  },
} as const satisfies Readonly<Record<string, Kind>>;
