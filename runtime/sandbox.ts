import type { Json, JsonObject } from './json.ts';

/** Code a customer wrote, as the sandbox takes it; it never runs in the house itself. */
export interface Program {
  /** What limits and notices are kept by: `plugin acme-sku 1.2.0`, `code 3f2a…`. */
  readonly name: string;
  readonly language: 'typescript' | 'jsonata';
  /** As its author wrote it; for JSONata empty, since the expressions come with each call. */
  readonly source: string;
}

/** One call of a program. */
export interface GuestCall {
  /** The node type whose code is meant, where a program has several. */
  readonly entry?: string;
  readonly input: Json;
  /** What `ctx` tells beside what it can do. */
  readonly facts: { readonly now: number; readonly idempotencyKey: string };
}

/** What code inside may ask of the house; each question and each answer is JSON text. */
export interface GuestDoor {
  log(line: string): void;
  /** Names `ctx` offers: `http`, `lookup`, `links`, `state.get`, `state.set`, `state.delete`. Left out: none of them. */
  readonly ask?: (name: string, question: JsonObject) => Promise<Json>;
  /** Given: told what the call used, where its process lived to tell. */
  readonly used?: (usage: GuestUsage) => void;
}

/** Milliseconds computed, and bytes held when the call was over. */
export interface GuestUsage {
  readonly cpuMs: number;
  readonly bytes: number;
}

/**
 * Runs customers' code where it can harm nobody. Rejects with TerminalError CODE_FAILED (the code threw, `details.line` in the
 * author's text), CODE_STOPPED (too long, too much), CODE_OFF (stopped too often), OUTPUT_INVALID, and with RetryableError
 * SANDBOX_DOWN when the code is not to blame.
 */
export interface Sandbox {
  /** Undefined where the code answers nothing. */
  run(
    tenant: number,
    program: Program,
    call: GuestCall,
    door: GuestDoor,
    signal: AbortSignal,
  ): Promise<Json | undefined>;
}

/** What a step's sandboxed half is, by its node and its config. */
export interface Guest {
  readonly program: Program;
  /** Where a program has code for several nodes. */
  readonly entry?: string;
  /** What lookup tables and key-value state are kept under; without it the code has neither state nor HTTP. */
  readonly plugin?: {
    readonly id: string;
    /** Hosts `ctx.http` may reach, by https only. */
    readonly hosts: readonly string[];
    /** Tables the plugin brings along. */
    readonly tables: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  };
}

/** What a plugin keeps between calls, a tenant and plugin by itself. Rejects with TerminalError TOO_LARGE over its quota. */
export interface GuestState {
  get(tenant: number, plugin: string, key: string): Promise<Json | undefined>;
  set(tenant: number, plugin: string, key: string, value: Json): Promise<void>;
  delete(tenant: number, plugin: string, key: string): Promise<void>;
}

/** Tables that people of a tenant edit. */
export interface GuestTables {
  /** Undefined where there is no such table, null where it has no such row. */
  find(tenant: number, table: string, key: string): Promise<Json | undefined>;
}

/** Where customers' code runs, what it may keep, and where it may look things up. */
export interface GuestHouse {
  readonly sandbox: Sandbox;
  readonly state: GuestState;
  readonly tables: GuestTables;
}
