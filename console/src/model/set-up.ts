export interface Localized {
  readonly en: string;
  readonly zh: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export type Right = 'self' | 'read' | 'content' | 'operate' | 'configure' | 'members' | 'audit' | 'tenant' | 'platform';

export interface Place {
  readonly id: string;
  readonly name: string;
}

export interface Session {
  readonly user: string;
  readonly email?: string | null;
  readonly role: string;
  readonly rights: readonly Right[];
  readonly signedInBy: 'key' | 'demo' | 'password' | 'single_sign_on' | 'link';
  readonly tenant?: (Place & { readonly contentNeedsReason: boolean }) | null;
  readonly organization?: Place | null;
  readonly organizations: readonly Place[];
  readonly sandbox?: { readonly integrationId: string } | null;
  readonly temporalUiUrl?: string | null;
}

export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly secret?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export type Unavailable = 'off_here' | 'elsewhere' | 'off_in_tenant' | 'not_enabled';

export interface Channel {
  readonly name: string;
  readonly title: Localized;
  readonly modes: readonly { readonly name: string; readonly title: Localized; readonly recommended: boolean }[];
  readonly config: Readonly<Record<string, JsonSchema>>;
  readonly abilities: Readonly<Record<string, unknown>>;
  /** It makes a bot for whoever scans a code. */
  readonly registers: boolean;
  /** Integrations of it can be made here. */
  readonly available: boolean;
  readonly reason: Unavailable | null;
}

export interface Backend {
  readonly name: string;
  readonly title: Localized;
  readonly config: JsonSchema;
  /** Null for what comes with Parley. */
  readonly package: string | null;
}

export type Config = Readonly<Record<string, unknown>>;

export interface Appearance {
  readonly footer: readonly string[];
  readonly aiLabel: Localized | null;
  readonly reasoning: boolean;
  readonly steps: boolean;
  readonly feedback: boolean;
  readonly stream: boolean;
  readonly card: boolean;
  readonly reaction: boolean;
}

/** What is sealed, secrets shown as `***`. */
export interface Sealed {
  readonly config: Config;
  /** Why the settings cannot be read, and `config` is empty. */
  readonly unreadable?: string;
}

export interface Integration extends Sealed {
  readonly id: string;
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  readonly appearance: Appearance;
  readonly people: PeopleSettings;
  readonly enabled: boolean;
  readonly callbackUrl?: string;
  readonly createdAt: string;
}

/** How an integration finds out who its people are. */
export interface PeopleSettings {
  readonly mapping: 'auto' | 'existing' | 'http' | 'ldap';
  readonly match: readonly string[];
  readonly onUnknown: 'create' | 'refuse';
  readonly cacheSeconds: number;
  readonly fallback: 'create' | 'refuse' | 'as_before';
  readonly external: 'answer' | 'refuse';
  /** Secrets are shown as `***`. */
  readonly http: Config | null;
  readonly ldap: Config | null;
  /** Why their secrets cannot be read. */
  readonly unreadable?: string;
}

export type LinkState = 'connected' | 'connecting' | 'disconnected' | 'disabled';

export interface LinkStatus {
  readonly state: LinkState;
  readonly parked: boolean;
  readonly since: string;
  readonly uptimeSeconds: number | null;
  readonly reason: string;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly lastEventAt: string | null;
  readonly owner: string | null;
  readonly attempt: number;
}

/** A link as the stream tells of it, with what it belongs to. */
export interface Link extends LinkStatus {
  readonly integrationId: string;
  readonly name: string;
  readonly channel: string;
  readonly mode: string;
  readonly enabled: boolean;
  /** Of the integration's settings. */
  readonly changedAt: string;
  readonly lastIncidentId: string | null;
}

export interface Traffic {
  readonly messages: number;
  readonly answers: Readonly<Record<'done' | 'failed' | 'stopped' | 'expired' | 'undeliverable', number>>;
  readonly series: readonly Readonly<Record<'messages' | 'done' | 'failed' | 'stopped' | 'expired', number> & { readonly at: string }>[];
  readonly allowance: Readonly<Record<'limits' | 'usedUp' | 'longestWaitMs' | 'callsThisHour' | 'callsLastHour', number>>;
}

export interface Incident {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly reason: string | null;
  readonly by: string | null;
  readonly durationSeconds: number | null;
}

export interface TestResult {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string; readonly mend: string }[];
}

export interface Expert extends Sealed {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  readonly publishedVersion: number | null;
  /** While it is paused questions are told the notice. */
  readonly paused?: { readonly notice: Localized; readonly at: string; readonly by: string } | null;
  readonly createdAt: string;
}

export interface ExpertVersion {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly backend: string;
  readonly publishedAt: string;
}

/** One version, whole. */
export interface ExpertVersionContent extends ExpertVersion, Sealed {
  readonly triggers: readonly Trigger[];
}

/** The policies are read by path; see `experts/trigger-fields.ts`. */
export interface Trigger {
  readonly id: string;
  readonly integrationId: string;
  readonly enabled: boolean;
  readonly [setting: string]: unknown;
}

/** What hangs on an integration or an expert. */
export interface Dependents {
  readonly triggers: readonly { readonly id: string; readonly integration: string; readonly expert: string; readonly published: boolean }[];
  readonly publishedRoutes: number;
  readonly openConversations: number;
  readonly alerts: readonly DependentRule[];
  readonly limits: readonly DependentRule[];
}

export interface DependentRule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}
