import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { messagesJson } from "./chat.ts";
import type { Composed } from "./compose.ts";
import type { ChatResult, Trouble } from "./deliver.ts";
import type { DeployEvent } from "./event.ts";
import type { Inputs } from "./inputs.ts";
import { summaryOf } from "./summary.ts";

/** How a run went: told to the chats, not worth telling, or only planned. */
export type Delivered = {
  readonly kind: "told" | "quiet" | "planned";
  readonly event: DeployEvent;
  readonly composed: Composed | undefined;
  readonly chats: readonly ChatResult[];
  /** Files that could not be sent. */
  readonly missing: readonly { readonly file: string; readonly why: string }[];
};

export type Result = "sent" | "partial" | "failed" | "quiet" | "planned";

/** Everything the user sees of a run, out of what came of it. Pure. */
export function outcomeOf(delivered: Delivered, { onError }: Pick<Inputs, "onError">): Outcome {
  const { event, composed, chats, missing } = delivered;
  const failed = chats.filter(({ troubles }) => troubles.length > 0);
  const troubles = [
    ...failed.flatMap(({ chat, troubles: all }) => all.map((trouble) => inChat(chat, trouble))),
    ...missing.map(fileTrouble),
  ];
  const remarks = [
    ...(composed?.remarks ?? []),
    ...chats.flatMap(({ chat, remarks: all }) => all.map((remark) => `Chat ${chat}: ${remark}`)),
  ];
  const fails = onError === "fail";
  return {
    result: resultOf(delivered),
    failures: fails ? troubles : [],
    annotations: [...(fails ? [] : troubles.map(toWarning)), ...remarks.map(toRemark)],
    outputs: {
      "message-id": messagesJson(
        new Map(
          chats.filter(({ messages }) => messages.length > 0).map(({ chat, messages }) => [chat, messages]),
        ),
      ),
      sent: chats.length - failed.length,
      failed: failed.length,
      transition: event.transition ?? "",
    },
    summary: troubles.length === 0 ? [] : summaryOf(delivered, resultOf(delivered)),
    details: {
      event,
      messages: (composed?.parts ?? []).map(({ text, entities }) => ({ text, entities })),
      rest: composed?.rest?.text,
      chats,
      missing,
      remarks,
    },
  };
}

function resultOf({ kind, chats, missing }: Delivered): Result {
  if (kind !== "told") return kind;
  if (chats.every(({ messages }) => messages.length === 0)) return "failed";
  return missing.length === 0 && chats.every(({ troubles }) => troubles.length === 0) ? "sent" : "partial";
}

const title = "telegram-notify";

function inChat(chat: string, { what, why, hint }: Trouble): Failure {
  return { title, message: `Chat ${chat}: ${what} failed: ${why}.`, hint };
}

function fileTrouble({ file, why }: Delivered["missing"][number]): Failure {
  const hint = "The message went without it. Paths are relative to the workspace.";
  return { title, message: `${file} was not sent: ${why}.`, hint, where: { input: "files" } };
}

function toWarning({ message, hint }: Failure): Annotation {
  return { level: "warning", title, message: hint === undefined ? message : `${message} ${hint}` };
}

function toRemark(message: string): Annotation {
  return { level: "notice", title, message };
}
