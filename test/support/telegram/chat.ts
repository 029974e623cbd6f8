import type { Entity } from "./entity.ts";
import { badRequest, forbidden } from "./refusal.ts";

export type ChatType = "private" | "group" | "supergroup" | "channel";

/** How the bot stands to a chat, where that is not well. */
export type Standing = "kicked" | "blocked" | "not a member" | "never met" | "deactivated" | "muted";

export type ChatOptions = {
  /** Negative for groups and channels, as on the real service. */
  readonly id: number;
  readonly type?: ChatType;
  readonly title?: string;
  /** Makes a supergroup or channel reachable as @username. */
  readonly username?: string;
  readonly standing?: Standing;
  /** The supergroup that this group has become. */
  readonly migratedTo?: number;
  /** Makes the chat a forum; names of its topics by id, the General topic (1) apart. */
  readonly topics?: Readonly<Record<number, string>>;
  /** Default: true. */
  readonly canPin?: boolean;
};

export type Attachment = {
  readonly kind: "photo" | "document" | "video" | "audio";
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
};

/** A message as a person sees it. */
export type Message = {
  readonly id: number;
  readonly sentAt: Date;
  readonly thread: number | undefined;
  /** The text, or the caption of a file, after parsing. */
  text: string;
  entities: readonly Entity[];
  /** What the sender asked for and the service silently left out. */
  flaws: readonly string[];
  readonly file: Attachment | undefined;
  readonly album: string | undefined;
  readonly replyTo: number | undefined;
  readonly silent: boolean;
  readonly protected: boolean;
  linkPreview: boolean;
  pinned: boolean;
  /** Whether pinning it notified everybody. */
  pinSilent?: boolean;
  /** The texts it had before, oldest first. */
  readonly earlier: string[];
};

export class Chat {
  readonly id: number;
  readonly type: ChatType;
  readonly title: string;
  readonly username: string | undefined;
  readonly topics: Map<number, string> | undefined;
  readonly messages: Message[] = [];
  standing: Standing | undefined;
  migratedTo: number | undefined;
  canPin: boolean;

  constructor(options: ChatOptions) {
    this.id = options.id;
    this.type = options.type ?? (options.id > 0 ? "private" : "supergroup");
    this.title = options.title ?? `chat ${options.id}`;
    this.username = options.username;
    this.standing = options.standing;
    this.migratedTo = options.migratedTo;
    this.canPin = options.canPin ?? true;
    this.topics =
      options.topics === undefined
        ? undefined
        : new Map(Object.entries(options.topics).map(([id, name]) => [Number(id), name]));
  }

  /** The texts that stand in the chat, oldest first. */
  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }

  message(id: number): Message | undefined {
    return this.messages.find((message) => message.id === id);
  }

  /** Takes a message out of the chat, as an administrator may. */
  remove(id: number): void {
    const index = this.messages.findIndex((message) => message.id === id);
    if (index !== -1) this.messages.splice(index, 1);
  }

  /** Refuses a bot that may not write here, in the words of check_chat_access of telegram-bot-api. */
  checkWritable(): void {
    if (this.migratedTo !== undefined)
      throw badRequest("Group chat was upgraded to a supergroup chat", {
        migrate_to_chat_id: this.migratedTo,
      });
    const kind = this.type === "supergroup" ? "supergroup chat" : `${this.type} chat`;
    switch (this.standing) {
      case undefined:
        return;
      case "kicked":
        throw forbidden(`bot was kicked from the ${kind}`);
      case "not a member":
        throw forbidden(`bot is not a member of the ${kind}`);
      case "blocked":
        throw forbidden("bot was blocked by the user");
      case "deactivated":
        throw forbidden("user is deactivated");
      case "never met":
        throw this.type === "private"
          ? forbidden("bot can't initiate conversation with a user")
          : badRequest("Chat not found");
      case "muted":
        throw badRequest("Not enough rights to send text messages to the chat");
    }
  }

  /** The topic that a message goes to. 1, the General topic, must not be named; elsewhere numbers mean nothing. */
  topicOf(thread: number | undefined): number | undefined {
    if (this.topics === undefined || thread === undefined) return undefined;
    if (!this.topics.has(thread)) throw badRequest("Message thread not found");
    return thread;
  }
}
