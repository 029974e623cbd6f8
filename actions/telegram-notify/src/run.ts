import { GitHubClient } from "../../../shared/github/client.ts";
import { openAgents } from "../../../shared/http/route.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { Redactor } from "../../../shared/runtime/redactor.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { type Attachments, readAttachments } from "./attachments.ts";
import { BotApi } from "./bot-api.ts";
import { messagesOf } from "./chat.ts";
import { compose } from "./compose.ts";
import { type Context, readContext } from "./context.ts";
import { type ChatResult, deliver } from "./deliver.ts";
import type { DeployEvent } from "./event.ts";
import { type Facts, gatherFacts } from "./facts.ts";
import type { Inputs } from "./inputs.ts";
import { makeEvent } from "./make-event.ts";
import { statusOf } from "./needs.ts";
import { type Delivered, outcomeOf } from "./outcome.ts";
import { type ChatPlan, planChat } from "./plan.ts";
import { readTemplate } from "./read-template.ts";
import { redacted } from "./redacted.ts";
import { shown } from "./shown.ts";
import { type Template, variablesIn } from "./template.ts";
import { tokenSecrets } from "./token.ts";
import { isWorthTelling } from "./transition.ts";

/** The action: finds out what happened, decides whether to tell, and tells every chat. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, signal, env } = runtime;
  const deadline = clock.monotonic() + inputs.timeout.ms;
  const redactor = new Redactor();
  for (const secret of [...tokenSecrets(inputs.token), inputs.githubToken]) {
    redactor.add(secret);
    runtime.addSecret(secret);
  }
  const fields = inputs.fields.map(({ name }) => redactor.redact(shown(name)));
  const template = await readTemplate(inputs, { fields, env }, (text) => redactor.redact(text));
  const context = await readContext(env);
  const said = toldBy(inputs);
  const facts = await askGitHub(inputs, context, said.status, runtime);
  const event = redacted(makeEvent(said, context, facts, clock.now()), redactor);
  logEvent(event, facts, runtime);

  const editing = inputs.chatId.some((chat) => messagesOf(inputs.messageId, chat).length > 0);
  const outcome = (delivered: Omit<Delivered, "event">): Outcome =>
    outcomeOf({ ...delivered, event }, inputs);
  if (!editing && !isWorthTelling(inputs.notifyOn, event.status, event.transition)) {
    log.info(`notify-on=${inputs.notifyOn}: nothing to tell`);
    return outcome({ kind: "quiet", composed: undefined, chats: [], missing: [] });
  }
  const { format, mention: mentions, maxParts, silent, protect, pin, linkPreview } = inputs;
  const worded = compose(event, {
    template,
    format,
    env: variablesOf(template ?? [], env, redactor),
    mentions,
    maxParts,
  });
  const undecided = inputs.notifyOn === "change" && event.transition === undefined && !editing;
  const composed = undecided ? { ...worded, remarks: [...worded.remarks, notCompared] } : worded;
  const { groups, missing }: Attachments = await readAttachments(inputs.files);
  const earlier = { edit: inputs.messageId, replyTo: inputs.replyTo };
  const options = { silent, protect, pin, linkPreview, thread: inputs.threadId };
  const plans = inputs.chatId.map((chat) => planChat(chat, composed, groups, earlier, options));
  log.info(`messages=${composed.parts.length} files=${groups.flat().length} chats=${plans.length}`);
  if (inputs.dryRun) {
    for (const { text } of composed.parts) log.info(text);
    return outcome({ kind: "planned", composed, chats: [], missing });
  }
  const chats = await tell(plans, inputs, runtime, deadline);
  const told = outcome({ kind: "told", composed, chats, missing });
  // A cancelled run still says what it has sent; that it was cancelled says the runtime.
  return signal.aborted ? { ...told, failures: [] } : told;
}

const notCompared =
  "Whether this is a change is not known, so the message was sent: see in the log why earlier runs could not be read.";

function toldBy(inputs: Inputs): Parameters<typeof makeEvent>[0] {
  const { needs, title, message, fields, environment, environmentUrl, version } = inputs;
  return {
    status: needs === undefined ? (inputs.status ?? "info") : statusOf(needs),
    needs,
    title: title ?? "",
    message: message ?? "",
    fields,
    environment: environment ?? "",
    environmentUrl: environmentUrl ?? "",
    version: version ?? "",
  };
}

// Details are worth a short wait; the message is not to be late for them.
const longestAskingMs = 20_000;

async function askGitHub(
  inputs: Inputs,
  context: Context,
  status: DeployEvent["status"],
  runtime: Runtime,
): Promise<Facts> {
  const { env } = runtime;
  const limit = Math.min(longestAskingMs, inputs.timeout.ms / 3);
  const signal = AbortSignal.any([runtime.signal, AbortSignal.timeout(Math.max(1, Math.round(limit)))]);
  const { apiUrl, repository, runId } = context;
  const known = inputs.githubToken !== "" && ![apiUrl, repository, runId].includes("");
  const client = known ? new GitHubClient({ apiUrl, token: inputs.githubToken, env, signal }) : undefined;
  try {
    const facts = await gatherFacts(client, context, status, signal);
    runtime.signal.throwIfAborted();
    return facts;
  } finally {
    client?.close();
  }
}

async function tell(
  plans: readonly ChatPlan[],
  inputs: Inputs,
  runtime: Runtime,
  deadline: number,
): Promise<ChatResult[]> {
  const { clock, log, signal, env } = runtime;
  const agents = openAgents({ keepAlive: false, proxyEnv: env });
  const { apiUrl, token, retries } = inputs;
  const api = new BotApi({ agents, apiUrl, token }, { retries, deadline, clock, signal, log });
  const results: ChatResult[] = [];
  const stop = log.progress(() => {
    const left = Math.max(0, deadline - clock.monotonic());
    return `${results.length} of ${plans.length} chats done, at most ${formatDuration(left)} left`;
  });
  try {
    return await Promise.all(
      plans.map(async (plan) => {
        const result = await deliver(plan, api, signal);
        results.push(result);
        const ids = result.messages.join(",");
        log.info(
          `chat=${plan.chat} messages=${ids || "none"} ${result.troubles.length === 0 ? "ok" : "failed"}`,
        );
        return result;
      }),
    );
  } finally {
    stop();
    agents.http.destroy();
    agents.https.destroy();
  }
}

function logEvent(event: DeployEvent, { gaps }: Facts, { log }: Runtime): void {
  log.info(`status=${event.status} transition=${event.transition ?? "unknown"}`);
  for (const gap of gaps) log.info(remoteLine(`Not known: ${gap}.`));
}

/** The variables that a template names, and no others. */
function variablesOf(template: Template, env: Runtime["env"], redactor: Redactor): Record<string, string> {
  const named = variablesIn(template).map((name): [string, string] => [
    name,
    redactor.redact(shown(env[name] ?? "")),
  ]);
  return Object.fromEntries(named);
}
