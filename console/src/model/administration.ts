import type { Localized, Sealed, Unavailable } from './set-up';

export interface AuditRecord {
  readonly id: string;
  readonly ts: string;
  readonly action: string;
  readonly actor: { readonly type: string; readonly id: string | null; readonly name: string; readonly email?: string };
  readonly targets: readonly { readonly type: string; readonly id: string; readonly name?: string }[];
  readonly context: Readonly<Record<string, unknown>>;
  readonly change: { readonly before: unknown; readonly after: unknown } | null;
  readonly outcome: { readonly status: 'ok' | 'refused' | 'failed'; readonly errorCode?: string };
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly since: string;
  readonly signedInAt: string | null;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly createdBy: string;
  readonly expiresAt: string;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: 'valid' | 'expired' | 'revoked';
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface OwnSession {
  readonly id: string;
  readonly isThis: boolean;
  readonly way: string;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly ip: string | null;
  readonly ua: string | null;
}

export interface DirectoryUser {
  readonly id: string;
  readonly source: string;
  readonly username?: string;
  readonly email?: string;
  readonly name?: string | null;
  readonly mobile?: string | null;
  readonly staffId?: string | null;
  readonly department?: string | null;
  readonly blocked: boolean;
}

export interface Identity {
  readonly id: string;
  readonly integrationId: string;
  readonly channel: string;
  readonly platformId?: string;
  readonly name?: string | null;
  readonly state: string;
  readonly external: boolean;
  /** By an administrator: never looked up again. */
  readonly joined: boolean;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string | null;
}

export interface Person extends Identity {
  readonly user: DirectoryUser | null;
}

export interface PersonDetail extends Person {
  readonly identities: readonly Identity[];
}

export interface Alert extends Sealed {
  readonly id: string;
  readonly name: string;
  readonly channel: string;
  readonly kinds: readonly string[];
  readonly language: string;
  readonly downAfterSeconds: number;
  readonly failuresInRow: number;
  readonly enabled: boolean;
}

export interface AlertDelivery {
  readonly id: string;
  readonly at: string;
  readonly phase: 'raised' | 'recovered' | 'test';
  readonly state: 'pending' | 'sent' | 'failed';
  readonly attempts: number;
  readonly error: string | null;
  readonly nextTryAt: string | null;
  readonly incident: { readonly kind: string; readonly subject: { readonly id: string; readonly name: string } } | null;
}

/** The same with the rule that sends it. */
export interface RuledDelivery extends AlertDelivery {
  readonly alert: { readonly id: string; readonly name: string; readonly channel: string; readonly to: string };
}

/** A channel, and where it is available. */
export interface Plugin {
  readonly name: string;
  readonly title: Localized;
  /** Null for what comes with Parley. */
  readonly package: string | null;
  readonly tenant: boolean | null;
  readonly organization: boolean | null;
  readonly available: boolean;
  readonly reason: Unavailable | null;
}

/** An organization as a channel sees it. */
export interface PluginPlace {
  readonly id: string;
  readonly name: string;
  readonly available: boolean;
  readonly organization: boolean | null;
  readonly integrations: readonly {
    readonly id: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly openConversations: number;
  }[];
}

/** What the import of a configuration makes different. */
export interface ConfigurationChange {
  readonly path: string;
  readonly name: string;
  readonly action: 'create' | 'change' | 'publish';
  readonly fields: readonly string[];
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface Tenant extends Organization {
  readonly contentNeedsReason: boolean;
}

/** A new tenant; key and link are told only this once. */
export interface MadeTenant {
  readonly id: string;
  readonly organization: { readonly id: string };
  readonly apiKey: string;
  readonly invitation?: {
    readonly email: string;
    readonly url: string;
    readonly mail: { readonly sent: boolean; readonly problem: string | null } | null;
  };
}
